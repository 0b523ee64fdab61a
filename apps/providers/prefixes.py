"""Beginnings of prompts that the built-in server computes in advance and keeps: pinned, listed, let go.

Knows the server's `/v1/prefix`; knows nothing of apps. One is found by its name and its workspace together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import quote
from uuid import UUID

from apps.providers import endpoints
from apps.providers.calls import call

TTL_S = 7 * 86400.0
"""The longest that the server grants."""
TIMEOUT_S = 10.0
_MAX_BODY = 16 * 1024 * 1024


class Held(NamedTuple):
    """The name of a prefix, and the workspace that may use it."""

    workspace_id: str
    name: str


async def pin(held: Held, model: str, messages: Sequence[dict[str, str]]) -> None:
    """Have it computed and kept, in place of the one of that name. Raises ModelError, or WeftError without a server."""
    body = {
        "id": held.name,
        "model": model,
        "messages": list(messages),
        "cache_salt": held.workspace_id,
        "ttl_s": TTL_S,
    }
    await _send("POST", "/prefix", model, body)


async def listed() -> set[Held]:
    """All that the server keeps. Raises ModelError, or WeftError without a server."""
    value = await _send("GET", "/prefix")
    return {Held(str(row["cache_salt"]), str(row["id"])) for row in value.get("data", [])}


async def unpin(held: Held) -> None:
    """Let it go. Raises ModelError, or WeftError without a server."""
    await _send("DELETE", f"/prefix/{quote(held.name, safe='')}?cache_salt={quote(held.workspace_id)}")


def name_of(owner: UUID, part: str) -> str:
    """The name of a prefix of `owner`; too long a `part` makes one that the server refuses."""
    return f"{owner}:{part}"


async def _send(method: str, path: str, model: str = "", body: dict[str, Any] | None = None) -> dict[str, Any]:
    return await call(
        endpoints.builtin(), method, path, body, dict, model=model, timeout_s=TIMEOUT_S, max_bytes=_MAX_BODY
    )
