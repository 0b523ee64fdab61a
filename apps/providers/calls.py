"""One question to a model server and its answer in JSON. Knows faults and limits; no kind of model."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from apps.providers import errors, wire
from apps.providers.endpoints import Endpoint
from weft.http import egress

T = TypeVar("T")


async def call(
    endpoint: Endpoint,
    method: str,
    path: str,
    body: Mapping[str, Any] | None,
    read: Callable[[dict[str, Any]], T | None],
    *,
    model: str,
    timeout_s: float,
    max_bytes: int,
) -> T:
    """What `read` finds in the answer; None from it means that this is not what was asked for. Raises ModelError."""
    try:
        response = await egress.fetch(
            method,
            endpoint.base_url + path,
            headers=endpoint.headers(),
            data=None if body is None else json.dumps(body, ensure_ascii=False).encode(),
            timeout_s=timeout_s,
            max_bytes=max_bytes,
            policy=endpoint.policy,
        )
    except egress.EgressError as exc:
        raise errors.of_egress(exc, endpoint, model) from exc
    text = response.body.decode("utf-8", "replace")
    if response.status != 200:
        raise errors.of_status(response.status, text, endpoint, model)
    value = wire.parse(text)
    found = read(value) if value is not None else None
    if found is None:
        raise errors.not_openai(endpoint, model, response.headers.get("content-type", ""))
    return found
