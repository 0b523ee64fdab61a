"""Models, health, readiness, metrics, tokenizing: what a client asks before and around its real request."""

from __future__ import annotations

from collections.abc import Callable

from inference.errors import BadRequest, Forbidden, Unavailable
from inference.server.catalogue import Catalogue
from inference.server.http import Exchange
from inference.server.lifecycle import Lifecycle
from inference.server.metrics import Metrics
from inference.server.small_bodies import DetokenizeRequest, TokenizeRequest
from inference.server.turns import turns

Fault = Callable[[], str | None]
"""Says why the server cannot serve now, or None."""


class StatusEndpoints:
    def __init__(
        self, catalogue: Catalogue, metrics: Metrics, lifecycle: Lifecycle, *, alive: Fault, ready: Fault, guarded: bool
    ) -> None:
        """`guarded`: callers have shown a key."""
        self._catalogue = catalogue
        self._metrics = metrics
        self._lifecycle = lifecycle
        self._guarded = guarded
        self._alive = alive
        self._ready = ready

    async def health(self, exchange: Exchange) -> None:
        """Is the process worth keeping? A supervisor restarts it when not."""
        await self._report(exchange, self._alive())

    async def ready(self, exchange: Exchange) -> None:
        """May requests be sent here now?"""
        await self._report(exchange, self._ready())

    async def models(self, exchange: Exchange) -> None:
        await exchange.send_json({"object": "list", "data": self._catalogue.cards()})

    async def model(self, exchange: Exchange) -> None:
        await exchange.send_json(self._catalogue.card(exchange.rest))

    async def metrics(self, exchange: Exchange) -> None:
        await exchange.send_bytes(self._metrics.render(), "text/plain; version=0.0.4; charset=utf-8")

    async def drain(self, exchange: Exchange) -> None:
        """What SIGTERM does, for those who cannot send one. Only where a key tells friend from stranger."""
        if not self._guarded:
            raise Forbidden("admin_disabled", "/admin/drain answers only when the server was started with an API key.")
        n_in_flight = self._lifecycle.n_in_flight - 1
        self._lifecycle.drain()
        await exchange.send_json({"draining": True, "in_flight": n_in_flight}, status=202)

    async def tokenize(self, exchange: Exchange) -> None:
        request = await exchange.read(TokenizeRequest)
        model = self._catalogue.text_model(request.model)
        if (request.prompt is None) == (request.messages is None):
            raise BadRequest("invalid_field", "Give either prompt or messages.", param="prompt")
        prompt = request.prompt if request.prompt is not None else turns(request.messages or [])
        ids = await model.tokenize(prompt, add_special_tokens=request.add_special_tokens)
        await exchange.send_json({"tokens": ids, "count": len(ids), "max_model_len": model.max_model_len})

    async def detokenize(self, exchange: Exchange) -> None:
        request = await exchange.read(DetokenizeRequest)
        text = await self._catalogue.text_model(request.model).detokenize(request.tokens)
        await exchange.send_json({"prompt": text})

    async def _report(self, exchange: Exchange, fault: str | None) -> None:
        if fault is not None:
            raise Unavailable("not_ready", fault, retry_after_s=5)
        await exchange.send_json({"status": "ok"})
