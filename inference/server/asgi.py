"""The ASGI application: routes, key check, limits, disconnects, errors.

Knows every endpoint by path and none by content.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from inference.config import ServerConfig
from inference.errors import InferenceError, MethodNotAllowed, NotFound, Overloaded, Unauthorized, Unavailable
from inference.server.http import ClientGone, Exchange, Receive, Scope, Send
from inference.server.lifecycle import Lifecycle
from inference.server.metrics import Metrics

Handler = Callable[[Exchange], Awaitable[None]]
Routes = dict[str, dict[str, Handler]]
"""Path -> method -> handler. A path that ends in a slash takes whatever follows."""

OPEN_PATHS = frozenset({"/health", "/ready"})
"""Answered without a key, and while the server drains: supervisors and load balancers ask them."""

_log = logging.getLogger("inference.server")


class Application:
    """Answers every exchange: by its handler, or by an error in OpenAI's envelope.

    One task a request, ended when its client goes.
    """

    def __init__(self, routes: Routes, *, config: ServerConfig, metrics: Metrics, lifecycle: Lifecycle) -> None:
        self._routes = routes
        self._config = config
        self._metrics = metrics
        self._lifecycle = lifecycle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        exchange = Exchange(scope, receive, send, self._config)
        started = time.monotonic()
        self._lifecycle.n_in_flight += 1
        self._metrics.in_flight.set(self._lifecycle.n_in_flight)
        try:
            await self._answer(exchange)
        finally:
            self._lifecycle.n_in_flight -= 1
            self._metrics.in_flight.set(self._lifecycle.n_in_flight)
            endpoint = self._route(exchange.path) or "other"
            self._metrics.requests.labels(endpoint, str(exchange.status or 0)).inc()
            self._metrics.request_seconds.labels(endpoint).observe(time.monotonic() - started)

    async def _answer(self, exchange: Exchange) -> None:
        try:
            handler = self._admit(exchange)
            await self._until_disconnect(exchange, handler)
        except InferenceError as error:
            if error.status in (429, 503, 504):
                self._metrics.rejects.labels(error.code).inc()
            with suppress(ClientGone):
                await exchange.send_error(error)
        except ClientGone:
            self._metrics.disconnects.labels(self._route(exchange.path) or "other").inc()
        except Exception:
            _log.exception("%s %s failed", exchange.method, exchange.path)
            await exchange.send_error(InferenceError("internal_error", "The model server failed; its log says why."))

    def _admit(self, exchange: Exchange) -> Handler:
        if exchange.path not in OPEN_PATHS:
            self._check_key(exchange)
        name = self._route(exchange.path)
        if name is None:
            raise NotFound("not_found", f"There is nothing at {exchange.path}.")
        exchange.rest = exchange.path[len(name) :]
        methods = self._routes[name]
        handler = methods.get("GET" if exchange.method == "HEAD" else exchange.method)
        if handler is None:
            raise MethodNotAllowed(
                "method_not_allowed", f"{exchange.path} answers {', '.join(methods)}, not {exchange.method}."
            )
        if exchange.method == "POST":
            if self._lifecycle.draining:
                raise Unavailable(
                    "draining",
                    "The server is shutting down; send the request to another or try again.",
                    retry_after_s=5,
                )
            if self._lifecycle.n_in_flight > self._config.max_in_flight:
                raise Overloaded(
                    "too_many_requests",
                    f"{self._config.max_in_flight} requests are in flight already.",
                    retry_after_s=1,
                )
        return handler

    def _route(self, path: str) -> str | None:
        """The name of the route that answers a path."""
        if path in self._routes and not path.endswith("/"):
            return path
        return next(
            (name for name in self._routes if name.endswith("/") and path.startswith(name) and path != name), None
        )

    def _check_key(self, exchange: Exchange) -> None:
        key = self._config.api_key
        if key is None:
            return
        scheme, _, given = exchange.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), key.encode()):
            raise Unauthorized(
                "invalid_api_key", "The API key is missing or wrong; send it as Authorization: Bearer KEY."
            )

    async def _until_disconnect(self, exchange: Exchange, handler: Handler) -> None:
        """Run the handler; when the client goes first, cancel it and wait until it has given back what it held."""
        answering = asyncio.ensure_future(handler(exchange))
        watching = asyncio.ensure_future(exchange.disconnected())
        try:
            await asyncio.wait({answering, watching}, return_when=asyncio.FIRST_COMPLETED)
            if not answering.done():
                self._metrics.disconnects.labels(self._route(exchange.path) or "other").inc()
                return
            await answering
        finally:
            watching.cancel()
            if not answering.done():
                answering.cancel()
            await asyncio.gather(answering, watching, return_exceptions=True)
