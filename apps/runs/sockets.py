"""Who stands behind a socket, and from which page it comes.

Knows cookies and headers; replaces Channels' own middleware, whose session look-ups of all sockets share one thread,
and whose origin check trusts ALLOWED_HOSTS, which is open here because Weft answers under any name its owner gives it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from apps.accounts.services import Actor, actor_for_user

Scope = dict[str, Any]
Asgi = Callable[[Scope, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]

DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


class SameOriginOnly:
    """Refuses (403) a handshake whose Origin is not the host it was sent to; browsers always send one."""

    def __init__(self, application: Asgi) -> None:
        self._application = application

    async def __call__(
        self, scope: Scope, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        if is_same_origin(scope):
            await self._application(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 4403})


def is_same_origin(scope: Scope) -> bool:
    """Origin and Host name the same host and port, or Origin is the address Weft was told it has."""
    headers = dict(scope["headers"])
    origin = urlsplit(headers.get(b"origin", b"").decode("latin-1"))
    host = urlsplit("//" + headers.get(b"host", b"").decode("latin-1"))
    if origin.scheme not in ("http", "https") or not origin.hostname:
        return False
    base = urlsplit(settings.BASE_URL)
    return _address(origin, origin.scheme) in (_address(host, origin.scheme), _address(base, base.scheme))


def actor_of_cookies(header: str) -> Actor:
    """The signed-in actor of a Cookie header. Raises WeftError 401."""
    try:
        cookies = SimpleCookie(header)
    except CookieError:
        cookies = SimpleCookie()
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(morsel.value if morsel else None)
    return actor_for_user(get_user(request))


def _address(url: Any, scheme: str) -> tuple[str | None, int | None]:
    try:
        return url.hostname, url.port or DEFAULT_PORTS.get(scheme)
    except ValueError:
        return None, None
