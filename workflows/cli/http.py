"""The `Http` port of the command line: one guarded request, redirects followed by hand so each is checked."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import aiohttp

from workflows.cli.egress import EgressPolicy, GuardedResolver
from workflows.errors import HttpError
from workflows.ports import HttpRequest, HttpResponse

_MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PRIVATE_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})


class GuardedHttp:
    """Sends requests to allowed addresses only. Close it at the end."""

    def __init__(self, policy: EgressPolicy) -> None:
        self._policy = policy
        connector = aiohttp.TCPConnector(resolver=GuardedResolver(policy), limit=100)
        self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)

    async def request(self, request: HttpRequest) -> HttpResponse:
        """Send once, following redirects. Raises HttpError when no response arrived."""
        method, url, headers, body = request.method, request.url, list(request.headers), request.body
        limits = aiohttp.ClientTimeout(total=request.timeout_s, sock_connect=10)
        try:
            for _ in range(_MAX_REDIRECTS + 1):
                response, location = await self._once(method, url, headers, body, limits, request.max_bytes)
                if location is None:
                    return response
                target = urljoin(url, location)
                if urlsplit(target).netloc != urlsplit(url).netloc:
                    headers = [(key, value) for key, value in headers if key.lower() not in _PRIVATE_HEADERS]
                if response.status == 303 or (response.status in (301, 302) and method == "POST"):
                    method, body = "GET", None
                url = target
        except TimeoutError as error:
            raise HttpError("http_timeout", f"{_host(url)} did not answer in {request.timeout_s:g} seconds.") from error
        except aiohttp.ClientError as error:
            raise HttpError("http_unreachable", f"{_host(url)} cannot be reached: {error}.") from error
        raise HttpError(
            "http_redirects", f"{_host(request.url)} redirects more than {_MAX_REDIRECTS} times.", retryable=False
        )

    async def _once(
        self,
        method: str,
        url: str,
        headers: list[tuple[str, str]],
        body: bytes | None,
        limits: aiohttp.ClientTimeout,
        max_bytes: int,
    ) -> tuple[HttpResponse, str | None]:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise HttpError("url_invalid", f"The URL {url[:120]!r} is no web address.", retryable=False)
        self._policy.check_literal(parts.hostname)
        async with self._session.request(
            method, url, headers=headers, data=body, timeout=limits, allow_redirects=False
        ) as response:
            data = await response.content.read(max_bytes + 1)
            while len(data) <= max_bytes and not response.content.at_eof():
                data += await response.content.read(max_bytes + 1 - len(data))
            if len(data) > max_bytes:
                message = f"{_host(url)} answered more than {max_bytes // 1024 // 1024} MB."
                raise HttpError("http_too_large", message, retryable=False)
            location = response.headers.get("Location") if response.status in _REDIRECTS else None
            pairs = list(response.headers.items())
            return HttpResponse(status=response.status, headers=pairs, body=data, url=url), location

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()


def _host(url: str) -> str:
    return urlsplit(url).hostname or url[:120]
