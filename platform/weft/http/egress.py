"""The one way out: every HTTP request that Weft makes for a user or to a configured server goes through here.

Names are resolved here, each address is checked, and the connection goes to the checked address, so a name that
resolves differently the next moment gains nothing; every redirect is a new request and checked again. Time and size are
bounded.
Knows HTTP; knows nothing of nodes and providers.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from django.conf import settings
from yarl import URL

from weft.http.addresses import Policy, normal_host

T = TypeVar("T")

Response = aiohttp.ClientResponse
# What reading a body may raise when the connection breaks.
BROKEN: tuple[type[Exception], ...] = (aiohttp.ClientError, OSError)

MAX_REDIRECTS = 5
MAX_BYTES = 10 * 1024 * 1024
CONNECT_TIMEOUT_S = 5.0
READ_BUFFER = 64 * 1024
_REDIRECTS = {301, 302, 303, 307, 308}
_SECRET_HEADERS = {"authorization", "cookie", "proxy-authorization", "x-api-key", "api-key"}


class EgressError(Exception):
    """Refused or failed. `code` is one of egress_{refused,bad_url,failed,timeout,too_large,redirects}."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class EgressResponse:
    status: int
    headers: dict[str, str]
    body: bytes
    url: str
    elapsed_ms: int


async def fetch(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    data: bytes | aiohttp.FormData | None = None,
    timeout_s: float = 30.0,
    max_bytes: int = MAX_BYTES,
    policy: Policy | None = None,
) -> EgressResponse:
    """One request with its redirects followed. Raises EgressError; a status of 400 and above is an answer."""
    started = time.monotonic()
    sent = list(headers.items() if isinstance(headers, Mapping) else headers)
    target = parse_url(url)
    try:
        async with asyncio.timeout(timeout_s):
            for _ in range(MAX_REDIRECTS + 1):
                async with stream(method, str(target), headers=sent, data=data, policy=policy) as response:
                    following = _redirect(response)
                    if following is None:
                        body = await read(response, max_bytes)
                        elapsed_ms = int((time.monotonic() - started) * 1000)
                        return EgressResponse(response.status, _headers(response), body, str(response.url), elapsed_ms)
                    if response.status in (301, 302, 303) and method not in ("GET", "HEAD"):
                        method, data = "GET", None
                        sent = [(k, v) for k, v in sent if not k.lower().startswith("content-")]
                    if following.origin() != target.origin():
                        sent = [(k, v) for k, v in sent if k.lower() not in _SECRET_HEADERS]
                    target = following
    except TimeoutError as exc:
        raise EgressError("egress_timeout", f"{_place(target)} did not answer within {timeout_s:g} s.") from exc
    raise EgressError("egress_redirects", f"{url} redirects more than {MAX_REDIRECTS} times.")


@asynccontextmanager
async def stream(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    data: bytes | aiohttp.FormData | None = None,
    policy: Policy | None = None,
    head_timeout_s: float | None = None,
) -> AsyncIterator[aiohttp.ClientResponse]:
    """An open answer whose body is still to be read; redirects are not followed. Leaving early closes the connection.

    The caller bounds the time of the body. Raises EgressError until the answer's head is there.
    """
    target = parse_url(url)
    policy = policy if policy is not None else default_policy()
    _check_literal(target, policy)
    sent = list(headers.items() if isinstance(headers, Mapping) else headers)
    try:
        async with asyncio.timeout(head_timeout_s):
            response = await _session(policy).request(method, target, headers=sent, data=data, allow_redirects=False)
    except aiohttp.ServerTimeoutError as exc:
        message = f"{_place(target)} took no connection within {CONNECT_TIMEOUT_S:g} s."
        raise EgressError("egress_timeout", message) from exc
    except TimeoutError as exc:
        if head_timeout_s is None:
            raise
        raise EgressError("egress_timeout", f"{_place(target)} did not answer within {head_timeout_s:g} s.") from exc
    except (aiohttp.ClientError, OSError, ValueError) as exc:
        raise _failure(target, exc) from exc
    try:
        yield response
    finally:
        response.close()


async def check(url: str, policy: Policy | None = None) -> None:
    """Refuse now what `stream` would refuse: for URLs that are stored. A name that does not resolve yet may pass."""
    target = parse_url(url)
    policy = policy if policy is not None else default_policy()
    _check_literal(target, policy)
    with contextlib.suppress(OSError):
        await _GuardedResolver(policy).resolve(target.host or "", target.port or 0, socket.AF_UNSPEC)


def default_policy() -> Policy:
    return Policy.of(settings.EGRESS_ALLOW)


def parse_url(url: str) -> URL:
    try:
        target = URL(url.strip())
        port = target.port
    except ValueError as exc:
        raise EgressError("egress_bad_url", f"{url!r} is no URL: {exc}.") from exc
    if target.scheme not in ("http", "https") or not target.host or not port:
        raise EgressError("egress_bad_url", f"{url!r} is no URL with http:// or https:// and a host.")
    return target


def run_sync(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run asynchronous `work` from synchronous code, in an event loop of its own whose sessions are closed after it."""

    async def run() -> T:
        try:
            return await work()
        finally:
            await close()

    return asyncio.run(run())


async def close() -> None:
    """Close this event loop's sessions. For loops that end before their process does."""
    for session in _SESSIONS.pop(asyncio.get_running_loop(), {}).values():
        await session.close()


def refusal(host: str, port: int, address: str) -> EgressError:
    shown = f"[{address}]" if ":" in address else address
    return EgressError(
        "egress_refused",
        f"{host}:{port} is at {address}, inside this machine or its network, and Weft sends no requests there."
        f" If you run that server yourself, start Weft with WEFT_EGRESS_ALLOW={shown}:{port}",
    )


_SESSIONS: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Policy, aiohttp.ClientSession]] = WeakKeyDictionary()


def _session(policy: Policy) -> aiohttp.ClientSession:
    """One session per event loop and policy: connections are kept alive and shared, cookies are not kept at all."""
    sessions = _SESSIONS.setdefault(asyncio.get_running_loop(), {})
    if policy not in sessions or sessions[policy].closed:
        resolver = _GuardedResolver(policy)
        connector = aiohttp.TCPConnector(
            resolver=resolver, use_dns_cache=False, limit=0, keepalive_timeout=20, socket_factory=resolver.open_socket
        )
        sessions[policy] = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            read_bufsize=READ_BUFFER,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_S),
            headers={"User-Agent": "Weft"},
        )
    return sessions[policy]


class _GuardedResolver(AbstractResolver):
    """Gives only addresses that the policy allows, and makes sockets only to those."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._inner = ThreadedResolver()
        self._allowed_by_name: set[tuple[str, int]] = set()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        allowed = [each for each in found if self._policy.allows(each["host"], port, host)]
        if not allowed:
            raise refusal(host, port, found[0]["host"])
        self._allowed_by_name.update(
            (each["host"], port) for each in allowed if not self._policy.allows(each["host"], port)
        )
        return allowed

    def open_socket(self, info: tuple[int, int, int, str, tuple[object, ...]]) -> socket.socket:
        """The last gate: no socket is made for an address that was not checked, whatever path led here."""
        family, kind, proto, _, sockaddr = info
        address, port = str(sockaddr[0]), int(str(sockaddr[1]))
        if not self._policy.allows(address, port) and (address, port) not in self._allowed_by_name:
            raise OSError(f"egress to {address}:{port} is refused")
        return socket.socket(family, kind, proto)

    async def close(self) -> None:
        await self._inner.close()


def _check_literal(target: URL, policy: Policy) -> None:
    """An address written out in the URL is never resolved, so it is checked here."""
    host, port = normal_host(target.host or ""), target.port or 0
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return
    if not policy.allows(host, port):
        raise refusal(host, port, host)


def _redirect(response: aiohttp.ClientResponse) -> URL | None:
    location = response.headers.get("Location")
    if response.status not in _REDIRECTS or not location:
        return None
    try:
        return parse_url(str(response.url.join(URL(location))))
    except ValueError as exc:
        raise EgressError(
            "egress_bad_url", f"{_place(response.url)} redirects to {location!r}, which is no URL."
        ) from exc


async def read(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    """The body, or EgressError when it is larger than `max_bytes` or breaks off."""
    parts: list[bytes] = []
    size = 0
    try:
        async for part in response.content.iter_chunked(READ_BUFFER):
            size += len(part)
            if size > max_bytes:
                message = f"The answer of {_place(response.url)} is larger than {max_bytes} bytes."
                raise EgressError("egress_too_large", message)
            parts.append(part)
    except BROKEN as exc:
        raise _failure(response.url, exc) from exc
    return b"".join(parts)


def _headers(response: aiohttp.ClientResponse) -> dict[str, str]:
    """Names in lower case; a repeated header's values are joined by commas."""
    joined: dict[str, str] = {}
    for name, value in response.headers.items():
        key = name.lower()
        joined[key] = f"{joined[key]}, {value}" if key in joined else value
    return joined


def _place(url: URL) -> str:
    return f"{url.scheme}://{url.host}:{url.port}"


def _failure(url: URL, cause: Exception) -> EgressError:
    if isinstance(cause, aiohttp.ClientConnectorDNSError):
        return EgressError("egress_failed", f"The name {url.host!r} does not resolve; check the spelling of the URL.")
    reason = str(cause) or type(cause).__name__
    return EgressError("egress_failed", f"The request to {_place(url)} failed: {reason}")
