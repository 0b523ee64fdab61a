"""Relevance of passages to a question, asked of a reranking model: `POST {base URL}/rerank`, as Cohere, Jina and most
servers have it.

Knows texts and scores; knows nothing of datasets.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from apps.providers import errors, wire
from apps.providers.endpoints import Endpoint
from weft.http import egress

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
    try:
        response = await egress.fetch(
            "POST",
            f"{endpoint.base_url}/rerank",
            headers=endpoint.headers(),
            data=json.dumps(body, ensure_ascii=False).encode(),
            timeout_s=TIMEOUT_S,
            max_bytes=_MAX_BODY,
            policy=endpoint.policy,
        )
    except egress.EgressError as exc:
        raise errors.of_egress(exc, endpoint, model) from exc
    text = response.body.decode("utf-8", "replace")
    if response.status != 200:
        raise errors.of_status(response.status, text, endpoint, model)
    value = wire.parse(text)
    scores = _scores_of(value, len(texts)) if value is not None else None
    if scores is None:
        raise errors.not_openai(endpoint, model, response.headers.get("content-type", ""))
    return scores


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
