"""Beginnings of prompts that somebody wants computed in advance, and kept: named, per salt, for a time.

The registry outlives an engine: a new one is asked to compute them again. Knows no pages; those are the engine's.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from inference.engine import Engine, check_prompt
from inference.errors import BadRequest, NotFound, Overloaded
from inference.request import SamplingParams
from inference.server.catalogue import Catalogue
from inference.server.http import Exchange
from inference.server.params import check_salt
from inference.server.protocol import ChatRequest
from inference.server.small_bodies import PrefixRequest
from inference.server.structured import tools
from inference.server.turns import turns
from inference.text.generative import GenerativeModel
from inference.worker import EngineWorker

MAX_PER_SALT = 256
MAX_TTL_S = 7 * 86400.0
MAX_ID_CHARS = 256
_PROBES = ("a", "Z")
"""Two ways the text may go on: what both prompts begin with does not depend on it."""


@dataclass(frozen=True, slots=True)
class Prefix:
    tokens: list[int]
    model_id: str
    adapter: str
    salt: str
    expires_at: float


class PrefixEndpoints:
    """`POST` pins, `GET` lists, `DELETE` lets go. A prefix is found by `id` and salt together."""

    def __init__(
        self,
        catalogue: Catalogue,
        worker: Callable[[], EngineWorker | None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`worker` is asked for the one that computes now."""
        self._catalogue = catalogue
        self._current = worker
        self._clock = clock
        self._known: dict[tuple[str, str], Prefix] = {}
        self._asking: set[asyncio.Task[None]] = set()

    async def pin(self, exchange: Exchange) -> None:
        """Answers at once; the pages are computed when the engine has nothing else to do."""
        request = await exchange.read(PrefixRequest)
        _check(request)
        self._forget_expired()
        worker, model = self._served(request.model)
        others = self._known.keys() - {(request.cache_salt, request.id)}
        if sum(salt == request.cache_salt for salt, _ in others) >= MAX_PER_SALT:
            raise Overloaded("too_many_prefixes", f"{MAX_PER_SALT} prefixes are pinned already; unpin one.")
        tokens = await _tokens(model, request)
        check_prompt(len(tokens), SamplingParams(max_tokens=1), model.max_model_len)
        expires_at = self._clock() + request.ttl_s
        prefix = Prefix(tokens, model.model_id, model.defaults.adapter, request.cache_salt, expires_at)
        self._known[request.cache_salt, request.id] = prefix
        try:
            await worker.ask(lambda engine: _warm(engine, request.id, prefix, request.ttl_s))
        except BadRequest:
            self._known.pop((request.cache_salt, request.id), None)
            raise
        pinned = {"id": request.id, "object": "prefix", "n_tokens": len(tokens), "ttl_s": request.ttl_s}
        await exchange.send_json(pinned)

    async def listed(self, exchange: Exchange) -> None:
        """`n_pinned` is how many tokens of each are computed and held now, in whole pages."""
        self._forget_expired()
        held = await self._worker.ask(lambda engine: engine.pinned) if self._worker and self._known else {}
        data = [
            {
                "id": name,
                "object": "prefix",
                "model": prefix.model_id,
                "cache_salt": salt,
                "n_tokens": len(prefix.tokens),
                "n_pinned": held.get(_name(salt, name), 0),
                "expires_in_s": round(prefix.expires_at - self._clock(), 3),
            }
            for (salt, name), prefix in self._known.items()
        ]
        await exchange.send_json({"object": "list", "data": data})

    async def unpin(self, exchange: Exchange) -> None:
        """`DELETE /v1/prefix/ID?cache_salt=SALT`; its pages stay findable until they are needed."""
        name, salt = exchange.rest, exchange.query.get("cache_salt", "")
        if self._known.pop((salt, name), None) is None or self._worker is None:
            raise NotFound("prefix_not_found", f"No prefix {name!r} is pinned under that cache_salt.", param="id")
        await self._worker.ask(lambda engine: engine.cool(_name(salt, name)))
        await exchange.send_json({"id": name, "object": "prefix", "deleted": True})

    @property
    def _worker(self) -> EngineWorker | None:
        return self._current()

    def forget(self) -> None:
        """The model is gone, and with it what was computed."""
        self._known.clear()

    def _served(self, model_id: str) -> tuple[EngineWorker, GenerativeModel]:
        model = self._catalogue.text_model(model_id)
        if self._worker is None or not isinstance(model, GenerativeModel):
            raise BadRequest("model_kind", f"{model_id!r} computes no prefixes in advance.", param="model")
        return self._worker, model

    def _forget_expired(self) -> None:
        now = self._clock()
        self._known = {name: prefix for name, prefix in self._known.items() if prefix.expires_at > now}

    def warm_again(self) -> None:
        """A new engine has taken over: ask it for everything that is still wanted."""
        self._forget_expired()
        for (_, name), prefix in self._known.items():
            task = asyncio.ensure_future(self._warm_one(name, prefix))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)

    async def _warm_one(self, name: str, prefix: Prefix) -> None:
        if self._worker is None:
            return
        left_s = prefix.expires_at - self._clock()
        try:
            await self._worker.ask(lambda engine: _warm(engine, name, prefix, left_s))
        except BadRequest:
            # it brought the last engine down
            self._known.pop((prefix.salt, name), None)


def _warm(engine: Engine, name: str, prefix: Prefix, ttl_s: float) -> None:
    pinned = _name(prefix.salt, name)
    engine.warm(pinned, prefix.tokens, adapter=prefix.adapter, salt=prefix.salt, ttl_s=ttl_s)


def _name(salt: str, name: str) -> str:
    return f"{salt}\0{name}"


async def _tokens(model: GenerativeModel, request: PrefixRequest) -> list[int]:
    """The tokens that every prompt with this beginning has: what two ways to go on agree in, less the last, which the
    text that follows may still change. Token ids are taken as they are.
    """
    if request.tokens is not None:
        return (await model.complete(request.tokens)).prompt
    if request.prompt is not None:
        first, second = [(await model.complete(request.prompt + probe)).prompt for probe in _PROBES]
    else:
        first, second = [await _conversation(model, request, probe) for probe in _PROBES]
    same = next((at for at, pair in enumerate(zip(first, second, strict=False)) if pair[0] != pair[1]), len(first))
    return first[: max(0, same - 1)]


async def _conversation(model: GenerativeModel, request: PrefixRequest, probe: str) -> list[int]:
    said = turns(request.messages or [])
    said[-1] = replace(said[-1], content=said[-1].content + probe)
    known, choice = tools(ChatRequest(model=request.model, messages=[], tools=request.tools))
    params = SamplingParams(tools=known, tool_choice=choice)
    return (await model.chat(said, params, template_args=request.chat_template_kwargs or {})).prompt


def _check(request: PrefixRequest) -> None:
    if sum(given is not None for given in (request.messages, request.prompt, request.tokens)) != 1:
        raise BadRequest("invalid_field", "Give one of messages, prompt, tokens.", param="messages")
    if not 0 < request.ttl_s <= MAX_TTL_S:
        raise BadRequest("value_out_of_range", f"ttl_s is above 0 and at most {MAX_TTL_S:g}.", param="ttl_s")
    if not 1 <= len(request.id) <= MAX_ID_CHARS:
        raise BadRequest("value_out_of_range", f"id has 1 to {MAX_ID_CHARS} characters.", param="id")
    check_salt(request.cache_salt)
