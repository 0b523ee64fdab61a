"""Embedding calls in the OpenAI shape, in batches, tried again while a server is busy or away.

Knows vectors as lists of floats; knows nothing of datasets and stores.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

from apps.providers import errors, wire
from apps.providers.endpoints import Endpoint
from weft.http import egress
from workflows.errors import ModelError

BATCH = 32
ATTEMPTS = 3
TIMEOUT_S = 120.0
_MAX_BODY = 64 * 1024 * 1024


async def embed(
    endpoint: Endpoint, model: str, texts: Sequence[str], *, retry_delay_s: float = 1.0
) -> list[list[float]]:
    """One vector a text, in order. Raises ModelError."""
    vectors: list[list[float]] = []
    for start in range(0, len(texts), BATCH):
        batch = list(texts[start : start + BATCH])
        for attempt in range(1, ATTEMPTS + 1):
            try:
                vectors += await _batch(endpoint, model, batch)
                break
            except ModelError as exc:
                if not exc.retryable or attempt == ATTEMPTS:
                    raise
                await asyncio.sleep(retry_delay_s * 2 ** (attempt - 1))
    return vectors


async def _batch(endpoint: Endpoint, model: str, texts: list[str]) -> list[list[float]]:
    body = json.dumps({"model": model, "input": texts, "encoding_format": "float"}, ensure_ascii=False).encode()
    try:
        response = await egress.fetch(
            "POST",
            f"{endpoint.base_url}/embeddings",
            headers=endpoint.headers(),
            data=body,
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
    vectors = wire.embeddings_of(value, len(texts)) if value is not None else None
    if vectors is None:
        raise errors.not_openai(endpoint, model, response.headers.get("content-type", ""))
    return vectors
