"""Relevance of passages to a question, asked of a reranking model: `POST {base URL}/rerank`, as Cohere, Jina and most
servers have it.

Knows texts and scores; knows nothing of datasets.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

from apps.providers.calls import call
from apps.providers.endpoints import Endpoint

TIMEOUT_S = 30.0
_MAX_BODY = 4 * 1024 * 1024
# Cross-encoders read some hundred tokens; a provider should not be paid for what its model cuts off.
MAX_CHARS = 8000


async def rerank(endpoint: Endpoint, model: str, query: str, documents: Sequence[str]) -> list[float]:
    """One relevance a document, 0 to 1, in their order. Sent once: who waits would rather have the order as it was.
    Raises ModelError."""
    texts = [each[:MAX_CHARS] or " " for each in documents]
    body: dict[str, Any] = {"query": query, "documents": texts, "top_n": len(texts)} | (
        {"model": model} if model else {}
    )
    read = partial(_scores_of, count=len(texts))
    return await call(endpoint, "POST", "/rerank", body, read, model=model, timeout_s=TIMEOUT_S, max_bytes=_MAX_BODY)


def _scores_of(body: dict[str, Any], count: int) -> list[float] | None:
    """The scores by index, or None when the answer does not hold every document. Logits become probabilities."""
    rows = body.get("results", body.get("data"))
    try:
        found = {int(row["index"]): float(row.get("relevance_score", row.get("score"))) for row in rows or ()}
        scores = [found[index] for index in range(count)]
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    if not all(map(math.isfinite, scores)):
        return None
    if all(0.0 <= score <= 1.0 for score in scores):
        return scores
    return [1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, score)))) for score in scores]
