"""Fakes of the ports, builders of small graphs, and a runner: for the engine's tests and for its hosts' tests.

Public and supported; knows nothing of pytest.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import mimetypes
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import pairwise
from pathlib import PurePath
from typing import Any

from workflows.compiler import compile
from workflows.dsl import load
from workflows.errors import CodeError, ModelError, RetrievalError, ToolError
from workflows.events import AnswerDelta, AnswerReset, Event, Usage, to_dict
from workflows.ports import (
    ChatChunk,
    ChatRequest,
    CodeReply,
    CodeRequest,
    HttpRequest,
    HttpResponse,
    Passage,
    Passages,
    Ports,
    RetrievalRequest,
    ToolCallDelta,
    ToolRequest,
    ToolResult,
)
from workflows.runner import run
from workflows.values import file_type


class MemoryJournal:
    """Keeps events in a list; `durable` marks how many of them were committed."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.durable_up_to = 0

    async def append(self, events: Sequence[Event], *, durable: bool) -> None:
        self.events.extend(events)
        if durable:
            self.durable_up_to = len(self.events)


class MemoryBlobs:
    """Keeps large values in a dictionary; `puts` lists the ids as they were asked for."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.puts: list[str] = []

    async def put(self, data: bytes) -> str:
        blob_id = hashlib.sha256(data).hexdigest()
        self.kept[blob_id] = data
        self.puts.append(blob_id)
        return blob_id

    async def get(self, blob_id: str) -> bytes:
        return self.kept[blob_id]


Piece = str | ChatChunk
Said = str | Sequence[Piece] | ModelError
Reply = Said | Callable[[ChatRequest], Said]


class ScriptedModels:
    """Answers each call with the next reply of its script; the last one repeats.

    A reply is a text (streamed word by word), a list of texts and chunks (streamed as they are; see `calls`), a
    ModelError (raised), or a function of the request giving one of these. `delay_s` passes before every piece.
    `requests` records the calls.
    """

    def __init__(self, *replies: Reply, delay_s: float = 0.0, usage: Usage | None = None) -> None:
        self.replies = list(replies) or ["ok"]
        self.delay_s = delay_s
        self.usage = usage
        self.requests: list[ChatRequest] = []
        self.aborted = 0

    async def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        reply = self.replies[min(len(self.requests), len(self.replies) - 1)]
        self.requests.append(request)
        value = reply(request) if callable(reply) else reply
        if isinstance(value, ModelError):
            raise value
        pieces: list[Piece] = [*_words(value)] if isinstance(value, str) else list(value)
        try:
            for piece in pieces:
                await asyncio.sleep(self.delay_s)
                yield ChatChunk(text=piece) if isinstance(piece, str) else piece
        except (GeneratorExit, asyncio.CancelledError):
            self.aborted += 1
            raise
        asked, said = len(request.messages), len(pieces)
        called = any(isinstance(piece, ChatChunk) and piece.tool_calls for piece in pieces)
        reason = "tool_calls" if called else "stop"
        yield ChatChunk(finish_reason=reason, usage=self.usage or Usage(asked, said, asked + said))


def calls(*asked: tuple[str, dict[str, Any]], first: int = 0) -> ChatChunk:
    """A piece of a reply that calls tools: names and arguments. Ids are `c0`, `c1`, …, counted from `first`."""
    deltas = [
        ToolCallDelta(index=i, id=f"c{first + i}", name=name, arguments=json.dumps(arguments, ensure_ascii=False))
        for i, (name, arguments) in enumerate(asked)
    ]
    return ChatChunk(tool_calls=deltas)


def _words(text: str) -> list[str]:
    parts = text.split(" ")
    return [part if i == len(parts) - 1 else part + " " for i, part in enumerate(parts)] if text else []


class FakeRetrieval:
    """Finds the same passages for every query, at most `top_k`."""

    def __init__(
        self,
        passages: Sequence[Passage] = (),
        *,
        error: RetrievalError | None = None,
        supports: Sequence[str] = ("reranking", "filter", "filter_model", "chooser"),
    ) -> None:
        self.supports = frozenset(supports)
        self.passages = list(passages)
        self.funnel = passages.funnel if isinstance(passages, Passages) else None
        self.error = error
        self.requests: list[RetrievalRequest] = []

    async def retrieve(self, request: RetrievalRequest) -> list[Passage]:
        self.requests.append(request)
        if self.error is not None:
            raise self.error
        return Passages(self.passages[: request.top_k], funnel=self.funnel)


class FakeHttp:
    """Answers requests in order with given responses or errors; the last one repeats."""

    def __init__(self, *responses: HttpResponse | Exception, delay_s: float = 0.0) -> None:
        self.responses = list(responses) or [HttpResponse(status=200, body=b"ok")]
        self.delay_s = delay_s
        self.requests: list[HttpRequest] = []

    async def request(self, request: HttpRequest) -> HttpResponse:
        response = self.responses[min(len(self.requests), len(self.responses) - 1)]
        self.requests.append(request)
        await asyncio.sleep(self.delay_s)
        if isinstance(response, Exception):
            raise response
        return response


class MemoryFiles:
    """Keeps files in memory, and reads what it kept. A value from elsewhere is not found."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def add(self, data: bytes, name: str, mime_type: str = "") -> dict[str, Any]:
        """Keep a file; its value."""
        mime_type = mime_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
        file_id = f"file-{len(self.kept) + 1}"
        self.kept[file_id] = data
        return {
            "type": file_type(mime_type),
            "transfer_method": "local_file",
            "related_id": file_id,
            "filename": name,
            "extension": PurePath(name).suffix.lower(),
            "mime_type": mime_type,
            "size": len(data),
            "url": "",
        }

    async def read(self, file: dict[str, Any]) -> bytes:
        try:
            return self.kept[str(file.get("related_id"))]
        except KeyError as error:
            raise FileNotFoundError(f"There is no file {file.get('related_id')!r}.") from error

    async def save(self, data: bytes, *, name: str, mime_type: str, run_id: str) -> dict[str, Any]:
        return self.add(data, name, mime_type)


class FakeCode:
    """Calls a Python function of the request in place of a sandbox."""

    def __init__(self, run: Callable[[CodeRequest], dict[str, Any] | CodeError]) -> None:
        self._run = run
        self.requests: list[CodeRequest] = []

    async def run(self, request: CodeRequest) -> CodeReply:
        self.requests.append(request)
        result = self._run(request)
        if isinstance(result, CodeError):
            raise result
        return CodeReply(result)


class FakeTools:
    """Answers each call with what its tool's function gives; a tool it does not know is missing."""

    def __init__(self, **tools: Callable[[ToolRequest], ToolResult | ToolError]) -> None:
        self.tools = tools
        self.requests: list[ToolRequest] = []

    async def call(self, request: ToolRequest) -> ToolResult:
        self.requests.append(request)
        if request.tool not in self.tools:
            raise ToolError("tool_missing", f"There is no tool {request.tool!r}.")
        result = self.tools[request.tool](request)
        if isinstance(result, ToolError):
            raise result
        return result


class FixedClock:
    """A clock that stands at `start` and moves by `step` seconds each time it is read. Sleeping only yields."""

    def __init__(self, start: float = 1_767_225_600.0, step: float = 0.0) -> None:
        self.time = start
        self.step = step
        self.slept: list[float] = []

    def now(self) -> float:
        self.time += self.step
        return self.time

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


def passage(title: str, content: str, *, position: int = 1, score: float = 0.9, **metadata: Any) -> Passage:
    """A passage as a Retrieval port returns it."""
    fixed = {"_source": "knowledge", "position": position, "document_name": title, "score": score}
    return {"title": title, "content": content, "metadata": {**fixed, **metadata}}


def node(
    node_id: str,
    kind: str | None = None,
    config: dict[str, Any] | None = None,
    policy: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A node of a document; the kind is the id where it is not given."""
    written: dict[str, Any] = {"id": node_id, "kind": kind or node_id, "config": config or {}}
    return {**written, "policy": policy} if policy else written


def document(
    *nodes: dict[str, Any], edges: Sequence[str] = (), mode: str = "workflow", name: str = "test", **sections: Any
) -> dict[str, Any]:
    """A document. Edges are written `source>target`, or `source:handle>target`; a chain may go on: `a>b>c`."""
    rows = []
    for text in edges:
        ends = text.split(">")
        for left, right in pairwise(ends):
            source, _, handle = left.partition(":")
            target = right.partition(":")[0]
            edge_id = f"{source}-{handle or 'source'}-{target}"
            rows.append({"id": edge_id, "source": source, "handle": handle or "source", "target": target})
    return {"weft": 1, "app": {"name": name, "mode": mode}, "nodes": list(nodes), "edges": rows, **sections}


async def run_to_events(
    definition: dict[str, Any] | str, inputs: Any = None, ports: Ports | None = None, **given: Any
) -> list[Event]:
    """Compile and run a definition; every event of the run."""
    plan = compile(load(definition))
    return [event async for event in run(plan, inputs, ports, **given)]


def trace(events: Sequence[Event]) -> list[str]:
    """Events as short lines, `type` or `type node`, without deltas: for asserting a whole run at a glance."""
    lines = []
    for event in events:
        value = to_dict(event)
        if not value["type"].endswith("_delta"):
            lines.append(" ".join(filter(None, [value["type"], value.get("node_id")])))
    return lines


def answer_of(events: Sequence[Event]) -> str:
    """The answer as a client composes it: deltas joined, a reset replacing what came before."""
    answer = ""
    for event in events:
        if isinstance(event, AnswerDelta):
            answer += event.text
        elif isinstance(event, AnswerReset):
            answer = event.text
    return answer
