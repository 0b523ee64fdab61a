"""A text model whose answers are written down: what the server makes of them can be told word for word."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Never

import httpx
import openai

from inference.config import ServerConfig
from inference.loader import LoadProgress
from inference.request import Piece, SamplingParams, Turn
from inference.server.asgi import Application
from inference.server.assemble import routes
from inference.server.catalogue import Catalogue
from inference.server.lifecycle import Lifecycle
from inference.server.metrics import Metrics
from inference.server.slot import Choice, Slot

MODEL = "scripted"


class ScriptedModel:
    """Every prompt has `n_prompt_tokens` tokens and is answered by the same pieces, one each turn of the loop."""

    model_id, kind, max_model_len = MODEL, "generative", 64
    defaults = SamplingParams()
    n_prompt_tokens = 3
    queue = MODEL
    max_answers: int | None = 40

    def __init__(self, *pieces: Piece | Exception) -> None:
        self.pieces = pieces
        self.asked: list[tuple[Any, SamplingParams]] = []
        self.arguments: list[dict[str, Any]] = []
        self.n_open = 0
        self.begun = asyncio.Event()
        """Set when an answer was opened."""
        self.gate = asyncio.Event()
        """While it is clear no answer goes on."""
        self.gate.set()

    async def chat(
        self, turns: Sequence[Turn], params: SamplingParams, *, template_args: dict[str, Any]
    ) -> ScriptedAnswer:
        self.asked.append((list(turns), params))
        self.arguments.append(template_args)
        return ScriptedAnswer(self)

    async def complete(self, prompt: str | list[int]) -> ScriptedAnswer:
        self.asked.append((prompt, self.defaults))
        return ScriptedAnswer(self)

    async def tokenize(self, prompt: str | Sequence[Turn], *, add_special_tokens: bool) -> list[int]:
        return [1] * self.n_prompt_tokens

    async def detokenize(self, tokens: list[int]) -> str:
        return "".join(chr(token) for token in tokens)


class ScriptedAnswer:
    def __init__(self, model: ScriptedModel) -> None:
        self._model = model
        self.n_prompt_tokens = model.n_prompt_tokens

    async def pieces(self, params: SamplingParams) -> AsyncGenerator[Piece, None]:
        self._model.n_open += 1
        self._model.begun.set()
        try:
            for piece in self._model.pieces:
                await self._model.gate.wait()
                await asyncio.sleep(0)
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        finally:
            self._model.n_open -= 1


def application(model: ScriptedModel, config: ServerConfig | None = None) -> Application:
    """An application that serves this model alone."""
    config = config or ServerConfig()
    metrics, lifecycle = Metrics(), Lifecycle()
    catalogue = Catalogue({MODEL: model}, None, None)
    table = routes(catalogue, metrics, config, lifecycle, Slot(catalogue, _no_other, drain_s=0.0, free_bytes=lambda: 0))
    return Application(table, config=config, metrics=metrics, lifecycle=lifecycle)


def _no_other(choice: Choice, progress: Callable[[LoadProgress], None]) -> Never:
    raise AssertionError("no other model is loaded here")


@asynccontextmanager
async def speaking(
    model: ScriptedModel, config: ServerConfig | None = None
) -> AsyncIterator[tuple[openai.AsyncOpenAI, httpx.AsyncClient]]:
    """The official client, and a plain one, of an application that serves this model."""
    transport = httpx.ASGITransport(app=application(model, config))
    async with httpx.AsyncClient(transport=transport, base_url="http://weft") as http:
        yield openai.AsyncOpenAI(base_url="http://weft/v1", api_key="k", http_client=http, max_retries=0), http
