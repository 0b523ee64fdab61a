"""The world outside: a scripted model, and a server that counts what is done to it. Deterministic but for its pace.

The same script answers over HTTP and, for a run inside this process, through the ports.
"""

from __future__ import annotations

import asyncio
import json
import random
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiohttp import web

from tests.fakes.openai_server import FakeOpenAI
from workflows import Ports
from workflows.errors import HttpError, ModelError
from workflows.events import Usage
from workflows.ports import ChatRequest, Code, HttpRequest, HttpResponse
from workflows.testing import FixedClock, MemoryJournal, ScriptedModels, calls

Asked = list[tuple[str, dict[str, Any]]]
Place = tuple[str, str]
"""A run's id, and a node's id with its frame's path."""
N_WORDS = 8


def refuses(question: str) -> bool:
    return "!" in question


def said(question: str) -> list[str]:
    """What a model answers: the beginning of the question, over and over, word by word."""
    words = question.split() or ["?"]
    return [f"{words[i % len(words)]} " for i in range(N_WORDS)]


def asked(tools: Sequence[str], question: str) -> Asked:
    """What an agent's model wants done first: everything there is, at once."""
    arguments: dict[str, dict[str, Any]] = {
        "http_request": {"method": "POST", "body": question},
        "run_python": {"code": f"def main():\n    return {len(question)} * 7"},
        "run_workflow": {"x": question},
    }
    return [(name, arguments[name]) for name in tools]


def answer_over_http(body: dict[str, Any]) -> list[Any]:
    """`FakeOpenAI.reply`."""
    question, tools = _question(body), [tool["function"]["name"] for tool in body.get("tools") or []]
    if tools and not any(message["role"] == "tool" for message in body["messages"]):
        rows = [
            {"index": i, "id": f"c{i}", "function": {"name": name, "arguments": json.dumps(given)}}
            for i, (name, given) in enumerate(asked(tools, question))
        ]
        return [{"tool_calls": rows}]
    return list(said(question))


def refuses_over_http(body: dict[str, Any]) -> bool:
    """`FakeOpenAI.refuses`."""
    return refuses(_question(body))


def _question(body: dict[str, Any]) -> str:
    return str([message["content"] for message in body["messages"] if message["role"] == "user"][-1])


class Effects:
    """Counts the effects it has at each place, and refuses the first look of each run at a flaky one."""

    def __init__(self) -> None:
        self.done: Counter[Place] = Counter()
        self.looks: Counter[Place] = Counter()
        self.url = ""
        self._chance = random.Random(0)

    async def effect(self, request: web.Request) -> web.Response:
        """At once: what is cut off later has happened."""
        place = request.match_info["place"]
        if request.method == "POST":
            self.done[request.query["run"], place] += 1
        await asyncio.sleep(self._chance.uniform(0.02, 0.3))
        return web.Response(text=f"did {place}")

    async def flaky(self, request: web.Request) -> web.Response:
        place = request.query["run"], request.match_info["place"]
        self.looks[place] += 1
        return web.Response(status=503 if self.looks[place] == 1 else 200, text=f"saw {place[1]}")


@contextmanager
def effects_server() -> Iterator[Effects]:
    effects, loop = Effects(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True, name="effects")
    thread.start()

    async def start() -> web.AppRunner:
        app = web.Application()
        app.router.add_route("*", "/effects/{place:.*}", effects.effect)
        app.router.add_get("/flaky/{place:.*}", effects.flaky)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        effects.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return runner

    runner = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    try:
        yield effects
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def pace(server: FakeOpenAI, pause_s: float) -> None:
    """Have the model answer by the script, with pauses between its words."""
    server.mode, server.pause_s = "slow", pause_s
    server.reply, server.refuses = answer_over_http, refuses_over_http


class _Http:
    """The server as a port, where the outcome of `doubtful` places is never known."""

    def __init__(self, doubtful: set[str]) -> None:
        self._doubtful = doubtful
        self._looks: Counter[str] = Counter()

    async def request(self, request: HttpRequest) -> HttpResponse:
        parts = urlsplit(request.url)
        assert parse_qs(parts.query)["run"]
        room, _, place = parts.path.removeprefix("/").partition("/")
        if room == "flaky":
            self._looks[place] += 1
            status = 503 if self._looks[place] == 1 else 200
            return HttpResponse(status=status, body=f"saw {place}".encode(), url=request.url)
        if request.method == "POST" and place in self._doubtful:
            raise HttpError("outcome_unknown", "Nobody knows.", retryable=False)
        return HttpResponse(status=200, body=f"did {place}".encode(), url=request.url)


def ports(journal: MemoryJournal, code: Code, doubtful: set[str]) -> Ports:
    """The same world without HTTP, in no time."""

    def reply(request: ChatRequest) -> Any:
        question = str([message.content for message in request.messages if message.role == "user"][-1])
        if refuses(question):
            return ModelError("model_bad_request", "No.", retryable=False)
        if request.tools and not any(message.role == "tool" for message in request.messages):
            return [calls(*asked([tool.name for tool in request.tools], question))]
        return said(question)

    models = ScriptedModels(reply, usage=Usage(7, 4, 11))
    return Ports(models=models, http=_Http(doubtful), code=code, journal=journal, clock=FixedClock())
