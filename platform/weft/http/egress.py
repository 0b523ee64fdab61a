"""The platform's way out: every HTTP request that Weft makes for a user or to a configured server goes through here.

Knows which addresses the operator allows; how a request is guarded, `workflows.egress` knows.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, BinaryIO, TypeVar

import aiohttp
from django.conf import settings

from workflows import egress
from workflows.addresses import Policy
from workflows.egress import BROKEN, EgressError, EgressResponse, Headers, Times, close, parse_url, read

__all__ = [
    "BROKEN",
    "EgressError",
    "EgressResponse",
    "Response",
    "check",
    "close",
    "default_policy",
    "fetch",
    "parse_url",
    "read",
    "run_sync",
    "stream",
]

T = TypeVar("T")

Response = aiohttp.ClientResponse


def default_policy() -> Policy:
    return Policy.of(settings.EGRESS_ALLOW)


async def fetch(
    method: str,
    url: str,
    *,
    headers: Headers = (),
    data: bytes | aiohttp.FormData | None = None,
    timeout_s: float = 30.0,
    times: Times | None = None,
    max_bytes: int = egress.MAX_BYTES,
    into: BinaryIO | None = None,
    verify_ssl: bool = True,
    policy: Policy | None = None,
) -> EgressResponse:
    """One request with its redirects followed. Raises EgressError; a status of 400 and above is an answer. With `into`
    the body is written there, and the answer's own is empty."""
    return await egress.fetch(
        method,
        url,
        policy=policy if policy is not None else default_policy(),
        headers=headers,
        data=data,
        timeout_s=timeout_s,
        times=times or Times(),
        max_bytes=max_bytes,
        into=into,
        verify_ssl=verify_ssl,
    )


@asynccontextmanager
async def stream(
    method: str,
    url: str,
    *,
    headers: Headers = (),
    data: bytes | aiohttp.FormData | None = None,
    policy: Policy | None = None,
    head_timeout_s: float | None = None,
) -> AsyncIterator[Response]:
    """An open answer whose body is still to be read; redirects are not followed. Raises EgressError."""
    allowed = policy if policy is not None else default_policy()
    async with egress.stream(
        method, url, policy=allowed, headers=headers, data=data, head_timeout_s=head_timeout_s
    ) as response:
        yield response


async def check(url: str, policy: Policy | None = None) -> None:
    """Refuse now what `stream` would refuse: for URLs that are stored. A name that does not resolve yet may pass."""
    await egress.check(url, policy if policy is not None else default_policy())


def run_sync(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run asynchronous `work` from synchronous code, in an event loop of its own whose sessions are closed after it."""

    async def run() -> T:
        try:
            return await work()
        finally:
            await close()

    return asyncio.run(run())
