"""Embedding calls in the OpenAI shape, in batches, tried again while a server is busy or away.

Knows vectors as lists of floats; knows nothing of datasets and stores.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from apps.providers import wire
from apps.providers.calls import call
from apps.providers.endpoints import Endpoint
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
    body = {"model": model, "input": texts, "encoding_format": "float"}
    read = partial(wire.embeddings_of, count=len(texts))
    return await call(
        endpoint, "POST", "/embeddings", body, read, model=model, timeout_s=TIMEOUT_S, max_bytes=_MAX_BODY
    )
