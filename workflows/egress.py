"""The guarded way out: HTTP requests that reach only addresses their policy allows.

Names are resolved here, each address is checked, and the connection goes to the checked address, so a name that
resolves differently the next moment gains nothing; every redirect is a new request and checked again. Time and size are
bounded. The command line and the platform send through here.
Knows HTTP; knows nothing of nodes, providers and settings.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
import socket
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO
from weakref import WeakKeyDictionary

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from workflows.addresses import Policy, normal_host

# What reading a body may raise when the connection breaks.
BROKEN: tuple[type[Exception], ...] = (aiohttp.ClientError, OSError)

MAX_REDIRECTS = 5
MAX_BYTES = 10 * 1024 * 1024
CONNECT_TIMEOUT_S = 5.0
READ_BUFFER = 64 * 1024
_REDIRECTS = {301, 302, 303, 307, 308}
# Headers that prove who sends; another server has no business with them.
_SECRET_HEADER = re.compile(r"auth|cookie|key|token|secret|session", re.IGNORECASE)


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


@dataclass(frozen=True, slots=True)
class Times:
    """Limits of one request in seconds: to connect, between two reads, and between two pieces sent. None: no limit of
    its own."""

    connect_s: float | None = None
    read_s: float | None = None
    write_s: float | None = None


Headers = Mapping[str, str] | Iterable[tuple[str, str]]
_NO_TIMES = Times()


async def fetch(
    method: str,
    url: str,
    *,
    policy: Policy,
    headers: Headers = (),
    secret_headers: Iterable[str] = (),
    data: bytes | aiohttp.FormData | None = None,
    timeout_s: float = 30.0,
    times: Times = _NO_TIMES,
    max_bytes: int = MAX_BYTES,
    into: BinaryIO | None = None,
    verify_ssl: bool = True,
) -> EgressResponse:
    """One request with its redirects followed. Raises EgressError; a status of 400 and above is an answer. Headers that
    look like proofs of who asks, and those named in `secret_headers`, are not sent on to another origin. With `into`
    the body is written there as it comes, up to `max_bytes`, and the answer's own is empty.
    """
    started = time.monotonic()
    sent = list(headers.items() if isinstance(headers, Mapping) else headers)
    secret = {name.lower() for name in secret_headers}
    target = parse_url(url)
    try:
        async with asyncio.timeout(timeout_s):
            for _ in range(MAX_REDIRECTS + 1):
                async with stream(
                    method, str(target), policy=policy, headers=sent, data=data, times=times, verify_ssl=verify_ssl
                ) as response:
                    following = _redirect(response)
                    if following is None:
                        body = b"" if method == "HEAD" else await read(response, max_bytes, into)
                        elapsed_ms = int((time.monotonic() - started) * 1000)
                        return EgressResponse(response.status, _headers(response), body, str(response.url), elapsed_ms)
                    if response.status in (301, 302, 303) and method not in ("GET", "HEAD"):
                        method, data = "GET", None
                        sent = [(k, v) for k, v in sent if not k.lower().startswith("content-")]
                    if following.origin() != target.origin():
                        sent = [(k, v) for k, v in sent if not _SECRET_HEADER.search(k) and k.lower() not in secret]
                    target = following
    except TimeoutError as exc:
        raise _late(target, f"did not answer within {timeout_s:g} s") from exc
    raise EgressError("egress_redirects", f"{url} redirects more than {MAX_REDIRECTS} times.")


@asynccontextmanager
async def stream(
    method: str,
    url: str,
    *,
    policy: Policy,
    headers: Headers = (),
    data: bytes | aiohttp.FormData | None = None,
    head_timeout_s: float | None = None,
    times: Times = _NO_TIMES,
    verify_ssl: bool = True,
) -> AsyncIterator[aiohttp.ClientResponse]:
    """An open answer whose body is still to be read; redirects are not followed. Leaving early closes the connection.

    The caller bounds the time of the body. Raises EgressError until the answer's head is there.
    """
    target = parse_url(url)
    _check_literal(target, policy)
    sent = list(headers.items() if isinstance(headers, Mapping) else headers)
    limits = aiohttp.ClientTimeout(
        total=None, sock_connect=times.connect_s or CONNECT_TIMEOUT_S, sock_read=times.read_s
    )
    try:
        async with asyncio.timeout(head_timeout_s), asyncio.timeout(None) as writing:
            body: Any = data
            if times.write_s is not None and isinstance(data, bytes) and len(data) > READ_BUFFER:
                body = _paced(data, times.write_s, writing)
                sent = [*sent, ("Content-Length", str(len(data)))]
            response = await _session(policy).request(
                method, target, headers=sent, data=body, timeout=limits, allow_redirects=False, ssl=verify_ssl
            )
    except aiohttp.ConnectionTimeoutError as exc:
        raise _late(target, f"took no connection within {limits.sock_connect:g} s") from exc
    except aiohttp.SocketTimeoutError as exc:
        raise _late(target, f"was silent for {times.read_s:g} s") from exc
    except TimeoutError as exc:
        if writing.expired():
            raise _late(target, f"took nothing of what was sent for {times.write_s:g} s") from exc
        if head_timeout_s is None:
            raise
        raise _late(target, f"did not answer within {head_timeout_s:g} s") from exc
    except (aiohttp.ClientError, OSError, ValueError) as exc:
        raise _failure(target, exc) from exc
    try:
        yield response
    finally:
        response.close()


async def _paced(data: bytes, write_s: float, clock: asyncio.Timeout) -> AsyncIterator[bytes]:
    """The body in pieces; the next one is asked for when the one before has been taken."""
    now = asyncio.get_running_loop().time
    # An answer may come before everything is sent; the clock is over then.
    with contextlib.suppress(RuntimeError):
        for start in range(0, len(data), READ_BUFFER):
            clock.reschedule(now() + write_s)
            yield data[start : start + READ_BUFFER]
        clock.reschedule(None)


async def check(url: str, policy: Policy) -> None:
    """Refuse now what `stream` would refuse: for URLs that are stored. A name that does not resolve yet may pass."""
    target = parse_url(url)
    _check_literal(target, policy)
    with contextlib.suppress(OSError):
        await GuardedResolver(policy).resolve(target.host or "", target.port or 0, socket.AF_UNSPEC)


def parse_url(url: str) -> URL:
    try:
        target = URL(url.strip())
        port = target.port
    except ValueError as exc:
        raise EgressError("egress_bad_url", f"{url!r} is no URL: {exc}.") from exc
    if target.scheme not in ("http", "https") or not target.host or not port:
        raise EgressError("egress_bad_url", f"{url!r} is no URL with http:// or https:// and a host.")
    return target


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
        resolver = GuardedResolver(policy)
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


class GuardedResolver(AbstractResolver):
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


async def read(response: aiohttp.ClientResponse, max_bytes: int, into: BinaryIO | None = None) -> bytes:
    """The body, or EgressError when it is larger than `max_bytes` or breaks off. b"" where it is written `into` a file,
    which then has what came."""
    parts: list[bytes] = []
    size = 0
    try:
        async for part in response.content.iter_chunked(READ_BUFFER):
            size += len(part)
            if size > max_bytes:
                message = f"The answer of {_place(response.url)} is larger than {max_bytes} bytes."
                raise EgressError("egress_too_large", message)
            if into is None:
                parts.append(part)
            else:
                into.write(part)
    except aiohttp.SocketTimeoutError as exc:
        raise _late(response.url, "fell silent in the middle of its answer") from exc
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


def _late(url: URL, what: str) -> EgressError:
    return EgressError("egress_timeout", f"{_place(url)} {what}.")


def _failure(url: URL, cause: Exception) -> EgressError:
    if isinstance(cause, aiohttp.ClientConnectorDNSError):
        return EgressError("egress_failed", f"The name {url.host!r} does not resolve; check the spelling of the URL.")
    reason = str(cause) or type(cause).__name__
    return EgressError("egress_failed", f"The request to {_place(url)} failed: {reason}")
