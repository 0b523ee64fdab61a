"""Scores documents against a query with a cross-encoder.

Knows transformers, imported only when a reranker is served.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from inference.errors import ModelLoadError
from inference.loader import read_json

BATCH_PAIRS = 16

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Relevance:
    scores: list[float]
    """One a pair, in their order; between 0 and 1 from a cross-encoder."""
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
    def score(self, pairs: list[Pair]) -> Relevance:
        """The relevance of each pair's second text to its first, in one pass; longer pairs are cut at `max_tokens`."""
        encoded = self._tokenizer(
            [query for query, _ in pairs],
            [document for _, document in pairs],
            padding=True,
            truncation=True,
            max_length=self.max_tokens,
            return_tensors="pt",
        ).to(self._device)
        scores = self._model(**encoded).logits[:, 0].float().sigmoid().tolist()
        return Relevance(scores, int(encoded["attention_mask"].sum()))


class RerankService:
    """Runs a Reranker in one thread for the tasks of one event loop, a batch at a time: callers take turns, and one
    that is cancelled leaves no work behind.
    """

    def __init__(self, reranker: Reranker) -> None:
        self.model_id = reranker.model_id
        self.max_tokens = reranker.max_tokens
        self._reranker = reranker
        self._thread = ThreadPoolExecutor(1, "rerank")

    async def score(self, pairs: list[Pair]) -> Relevance:
        """Scores in the order of `pairs`; those of like length are computed together, so that little is padding."""
        loop = asyncio.get_running_loop()
        order = sorted(range(len(pairs)), key=lambda at: sum(map(len, pairs[at])))
        scores = [0.0] * len(pairs)
        n_tokens = 0
        for start in range(0, len(order), BATCH_PAIRS):
            places = order[start : start + BATCH_PAIRS]
            batch = [pairs[at] for at in places]
            done = await loop.run_in_executor(self._thread, self._reranker.score, batch)
            n_tokens += done.n_tokens
            for at, score in zip(places, done.scores, strict=True):
                scores[at] = score
        return Relevance(scores, n_tokens)

    async def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)
