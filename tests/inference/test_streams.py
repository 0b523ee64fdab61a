"""Clients that leave, stall or come in crowds: nothing they held is kept."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inference.config import EngineConfig, ServerConfig
from inference.request import Piece
from inference.server.asgi import Application
from tests.inference.inside import serving, until
from tests.inference.scripted import MODEL, ScriptedModel, application

Tiny = Callable[[str], tuple[Path, Any]]


class Client:
    """One raw ASGI exchange. It leaves after `reads` messages, or reads no more after them; None: it reads all."""

    def __init__(self, path: str, body: dict[str, Any], *, reads: int | None = None, stalls: bool = False) -> None:
        self.sent: list[bytes] = []
        self.status = 0
        self._scope = {"type": "http", "method": "POST", "path": path, "headers": [], "query_string": b""}
        self._body = json.dumps(body).encode()
        self._reads = reads
        self._stalls = stalls
        self._asked = False
        self._gone = asyncio.Event()
        self.read_enough = asyncio.Event()
        self.may_read = asyncio.Event()

    async def call(self, app: Application) -> None:
        await app(self._scope, self._receive, self._send)

    def leave(self) -> None:
        self._gone.set()

    async def _receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": self._body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        self.status = message.get("status", self.status)
        if message.get("body"):
            self.sent.append(message["body"])
        if self._reads is not None and len(self.sent) >= self._reads:
            self.read_enough.set()
            if self._stalls:
                await self.may_read.wait()
            else:
                self.leave()


@pytest.mark.parametrize("stream", [False, True])
async def test_a_client_that_leaves_ends_its_answer(stream: bool) -> None:
    """Also before the first byte, and while a whole answer is awaited."""
    model = ScriptedModel(*[Piece("a", 1)] * 5)
    model.gate.clear()
    client = Client("/v1/completions", {"model": MODEL, "prompt": "x", "stream": stream})
    call = asyncio.create_task(client.call(application(model)))
    await model.begun.wait()

    client.leave()
    await call

    assert (model.n_open, client.sent) == (0, [])


async def test_a_client_that_reads_no_more_is_let_go_of() -> None:
    model = ScriptedModel(*[Piece("a", 1)] * 50)
    client = Client("/v1/completions", {"model": MODEL, "prompt": "x", "stream": True}, reads=3, stalls=True)

    await client.call(application(model, ServerConfig(stall_s=0.01)))

    assert model.n_open == 0
    assert len(client.sent) == 3


async def test_a_body_that_never_comes_is_given_up() -> None:
    async def never() -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/v1/completions", "headers": []}
    await application(ScriptedModel(), ServerConfig(stall_s=0.01))(scope, never, send)

    assert sent[0]["status"] == 408
    assert json.loads(sent[1]["body"])["error"]["code"] == "body_incomplete"


async def test_a_slow_reader_gets_few_large_chunks(tiny: Tiny) -> None:
    """What came while it did not read is one chunk: nothing is kept but the answer itself."""
    directory, _ = tiny("qwen3")
    body = {"model": directory.name, "prompt": "x", "max_tokens": 200, "ignore_eos": True, "temperature": 0}
    async with serving(directory) as inside:
        whole = (await inside.post("/v1/completions", body))[1]["choices"][0]["text"]
        slow = Client("/v1/completions", {**body, "stream": True}, reads=1, stalls=True)
        call = asyncio.create_task(slow.call(inside.process.app))
        await slow.read_enough.wait()
        # the engine has said everything and holds no page, though one chunk was read
        await until(inside.idle)
        slow.may_read.set()
        await call

    events = [json.loads(each.removeprefix(b"data: ")) for each in slow.sent[:-1]]
    assert "".join(event["choices"][0]["text"] for event in events) == whole
    assert len(events) <= 5
    assert events[-1]["choices"][0]["finish_reason"] == "length"


async def test_sixty_four_streams_with_aborts_lose_no_page(tiny: Tiny) -> None:
    directory, _ = tiny("qwen3")
    random.seed(11)
    prompts = [f"{at % 8} says " * (1 + at % 5) for at in range(64)]
    leaves = {at: random.randint(1, 12) for at in random.sample(range(64), 32)}

    def body(at: int) -> dict[str, Any]:
        return {"model": directory.name, "prompt": prompts[at], "max_tokens": 16, "temperature": 0, "ignore_eos": True}

    # fewer pages than 64 streams want, so that some wait and some are set back
    async with serving(directory, engine=EngineConfig(n_pages=40, max_rows=24)) as inside:
        alone = {
            prompts[at]: (await inside.post("/v1/completions", body(at)))[1]["choices"][0]["text"] for at in range(8)
        }
        clients = [Client("/v1/completions", {**body(at), "stream": True}, reads=leaves.get(at)) for at in range(64)]
        await asyncio.gather(*(client.call(inside.process.app) for client in clients))
        await until(inside.idle)
        after = (await inside.post("/v1/completions", body(0)))[1]["choices"][0]["text"]
        figures = await inside.metrics()

    for at, client in enumerate(clients):
        if at not in leaves:
            events = [json.loads(each.removeprefix(b"data: ")) for each in client.sent[:-1]]
            assert client.sent[-1] == b"data: [DONE]\n\n"
            assert events[-1]["choices"][0]["finish_reason"] == "length"
            text = "".join(event["choices"][0]["text"] for event in events)
            assert text == alone.get(prompts[at], text)
    assert after == alone[prompts[0]]
    assert figures['weft_client_disconnects_total{endpoint="/v1/completions"}'] > 0
    assert figures["weft_requests_in_flight"] == 1
