"""Scores documents against a query, for one caller or for the tasks of an event loop. Knows no model's inside."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from inference.encoders.judges import CrossJudge, PairJudge, WordJudge
from inference.encoders.onnx import OnnxJudge, onnx_file
from inference.loader import read_json
from inference.models.spec import FAMILIES

BATCH_PAIRS = 16

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Relevance:
    scores: list[float]
    """One a pair, in their order, between 0 and 1."""
    n_tokens: int


class Reranker:
    """A cross-encoder, or a decoder that is asked whether a document answers the query. Thread-compatible."""

    def __init__(self, directory: Path, *, model_id: str, device: torch.device) -> None:
        config = read_json(directory, "config.json")
        self.model_id = model_id
        self._judge = _judge(directory, config, device)
        self.max_tokens = self._judge.max_tokens

    def score(self, pairs: list[Pair]) -> Relevance:
        """The relevance of each pair's second text to its first, in one pass; longer pairs are cut at `max_tokens`."""
        scores, n_tokens = self._judge.score(pairs)
        return Relevance(scores, n_tokens)


def _judge(directory: Path, config: dict[str, Any], device: torch.device) -> PairJudge:
    exported = onnx_file(directory)
    if exported is not None:
        return OnnxJudge(exported, directory, config)
    if config.get("model_type") in FAMILIES:
        return WordJudge(directory, config, device=device)
    return CrossJudge(directory, config, device=device)


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
