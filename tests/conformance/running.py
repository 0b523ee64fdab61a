"""Plays one case: a file, ports that answer the same way every time, and what came of it.

A model of the name `tell-model` answers `tell says ` and the last message; the clock tool is the engine's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workflows import Ports, compile, load, run
from workflows.errors import HttpError
from workflows.events import AnswerDelta, Event, NodeFinished, RunFinished, to_dict
from workflows.ports import (
    ChatRequest,
    Code,
    HttpRequest,
    HttpResponse,
    RunInputs,
    ToolRequest,
    ToolResult,
)
from workflows.state import RunState, apply
from workflows.testing import FakeRetrieval, FakeTools, FixedClock, ScriptedModels, passage


class Service:
    """Answers a request with its path; the host `offline` is never reached."""

    async def request(self, request: HttpRequest) -> HttpResponse:
        path = request.url.removeprefix("https://service.example/")
        if path == "offline":
            raise HttpError("http_unreachable", "Nobody answers there.")
        return HttpResponse(status=200, headers=[("content-type", "text/plain")], body=f"text of /{path}".encode())


class Library:
    """Every file holds the same text."""

    async def read(self, file: dict[str, Any]) -> bytes:
        return b"tea is hot"

    async def save(self, data: bytes, *, name: str, mime_type: str, run_id: str) -> dict[str, Any]:
        return {"type": "document", "transfer_method": "tool_file", "filename": name, "mime_type": mime_type,
                "size": len(data)}  # fmt: skip


class Played:
    """Ports for one run after the other."""

    def __init__(self, code: Code) -> None:
        self._code = code

    def ports(self) -> Ports:
        return Ports(
            models=ScriptedModels(_said),
            retrieval=FakeRetrieval([passage("Tea", "tea is hot")]),
            http=Service(),
            files=Library(),
            code=self._code,
            tools=FakeTools(search=_search, parse=lambda request: ToolResult(text="parsed")),
            clock=FixedClock(),
            gather_s=0,
        )


def _said(request: ChatRequest) -> str:
    name = request.model.removesuffix("-model")
    last = request.messages[-1].content
    return f"{name} says {last if isinstance(last, str) else ''}"


def _search(request: ToolRequest) -> ToolResult:
    return ToolResult(text=f"{request.arguments['query']}!")


@dataclass
class Run:
    """What came of a case."""

    events: list[Event]
    state: RunState

    @property
    def status(self) -> str:
        return self.state.status

    @property
    def error(self) -> Any:
        return self.state.to_dict()["error"]

    @property
    def outputs(self) -> dict[str, Any]:
        last = self.events[-1]
        return last.outputs if isinstance(last, RunFinished) else {}

    @property
    def answer(self) -> str:
        return self.state.answer

    @property
    def chunks(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, AnswerDelta)]

    @property
    def conversation(self) -> dict[str, Any]:
        """What was written to conversation variables, the last value of each."""
        writes = [write for event in self.events if isinstance(event, NodeFinished) for write in event.writes]
        return {write.target[1]: write.value for write in writes if write.target[0] == "conversation"}

    def times_of(self, kind: str, node_id: str | None = None) -> list[int]:
        """The places in the log of events of a kind."""
        values = [to_dict(event) for event in self.events]
        return [
            i
            for i, value in enumerate(values)
            if value["type"] == kind and (node_id is None or value.get("node_id") == node_id)
        ]


async def play(source: bytes, inputs: dict[str, Any], query: str, played: Played) -> Run:
    """Run a file to its end."""
    plan = compile(load(source))
    state = RunState()
    events = []
    async for event in run(plan, RunInputs(inputs=inputs, query=query), played.ports()):
        apply(state, event)
        events.append(event)
    return Run(events, state)
