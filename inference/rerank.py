"""Scores documents against a query with a cross-encoder.

Knows transformers, imported only when a reranker is served.
"""

from __future__ import annotations

import asyncio
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from inference.errors import ModelLoadError
from inference.loader import read_json

BATCH_PAIRS = 16


@dataclass(frozen=True, slots=True)
class Relevance:
    scores: list[float]
    """One a document, between 0 and 1, in the order of the documents."""
    n_tokens: int


class Reranker:
    """A sequence classifier with one label, read on (query, document) pairs. Thread-compatible."""

    def __init__(self, directory: Path, *, model_id: str, device: torch.device) -> None:
        # transformers takes seconds and a hundred megabytes to import; servers without a reranker never pay for it.
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        config = read_json(directory, "config.json")
        try:
            model = AutoModelForSequenceClassification.from_pretrained(
                directory, local_files_only=True, dtype=torch.float32
            )
            self._tokenizer: Any = AutoTokenizer.from_pretrained(directory, local_files_only=True)
        except (OSError, ValueError) as error:
            raise ModelLoadError(
                "model_corrupt", f"{directory} cannot be loaded as a cross-encoder: {error}"
            ) from error
        if model.config.num_labels != 1:
            raise ModelLoadError(
                "unsupported_model", f"{directory} has {model.config.num_labels} labels; a reranker gives one score."
            )
        self.model_id = model_id
        self.max_tokens = min(int(config.get("max_position_embeddings", 512)), 512)
        self._device = device
        self._model: Any = model.to(device).eval()

    @torch.inference_mode()
    def score(self, query: str, documents: list[str]) -> Relevance:
        scores: list[float] = []
        n_tokens = 0
        for start in range(0, len(documents), BATCH_PAIRS):
            batch = documents[start : start + BATCH_PAIRS]
            encoded = self._tokenizer(
                [query] * len(batch),
                batch,
                padding=True,
                truncation=True,
                max_length=self.max_tokens,
                return_tensors="pt",
            ).to(self._device)
            logits = self._model(**encoded).logits[:, 0].float().tolist()
            scores += [1 / (1 + math.exp(-logit)) for logit in logits]
            n_tokens += int(encoded["attention_mask"].sum())
        return Relevance(scores, n_tokens)


class RerankService:
    """Runs a Reranker in one thread for the tasks of one event loop."""

    def __init__(self, reranker: Reranker) -> None:
        self.model_id = reranker.model_id
        self.max_tokens = reranker.max_tokens
        self._reranker = reranker
        self._thread = ThreadPoolExecutor(1, "rerank")

    async def score(self, query: str, documents: list[str]) -> Relevance:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._reranker.score, query, documents)

    async def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)
