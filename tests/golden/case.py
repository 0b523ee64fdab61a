"""One golden run: a small definition and the scripted world it runs in, with the nodes that the runs are built from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from workflows.errors import CodeError, ModelError
from workflows.events import Usage
from workflows.ports import ChatChunk, ChatRequest, Control, Ports, Signal
from workflows.testing import FakeCode, FakeRetrieval, FixedClock, node

RUN = "00000000-0000-4000-8000-000000000000"

BUSY = ModelError("model_busy", "The model server is busy.", retryable=True)
LOST = ModelError("model_auth", "The model server refused the key.")

Replies = dict[str, list[list[str | ModelError | ChatChunk]]]


class Script:
    """Says the next list of pieces at each call of a node; an error is raised where it stands.

    The engine gets its turn between pieces, so that every piece is an event of its own and runs are alike.
    """

    def __init__(self, replies: Replies, control: Control) -> None:
        self._replies = {name: list(lists) for name, lists in replies.items()}
        self._control = control

    async def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        pieces = self._replies[request.node_id].pop(0)
        for piece in pieces:
            if isinstance(piece, ModelError):
                raise piece
            if piece == "<stop>":
                self._control.stop("user")
                await asyncio.sleep(60)
            yield ChatChunk(text=piece) if isinstance(piece, str) else piece
            for _ in range(10):
                await asyncio.sleep(0)
        yield ChatChunk(finish_reason="stop", usage=Usage(10, len(pieces), 10 + len(pieces)))


@dataclass(frozen=True)
class Case:
    """One golden run."""

    definition: dict[str, Any]
    inputs: dict[str, Any] = field(default_factory=dict)
    replies: Replies = field(default_factory=dict)
    code: Callable[[dict[str, Any]], dict[str, Any] | CodeError] | None = None
    passages: Sequence[dict[str, Any]] = ()
    called: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Workflows that the definition calls, by app."""
    signals: Sequence[Sequence[Signal]] = ()
    """What the run is told, each time it pauses; when there is nothing left, it stays paused."""
    waits_s: float = 0.0
    """How much time passes while it is paused."""

    def ports(self, control: Control) -> Ports:
        """The world the run meets. Its clock moves by 5 ms at every event."""
        run_code = self.code
        return Ports(
            models=Script(self.replies, control),
            retrieval=FakeRetrieval(self.passages),
            code=FakeCode(lambda request: run_code(request.inputs)) if run_code else None,
            clock=FixedClock(step=0.005),
            gather_s=0.0,
        )


def llm(node_id: str, prompt: str, **extra: Any) -> dict[str, Any]:
    model = {"provider": "weft", "name": "weft-quote"}
    return node(node_id, "llm", {"model": model, "prompt": [{"role": "user", "text": prompt}], **extra})


def answer(text: str, node_id: str = "answer") -> dict[str, Any]:
    return node(node_id, "answer", {"answer": text})


def template(node_id: str, template: str, selector: list[str]) -> dict[str, Any]:
    inputs = [{"name": "x", "selector": selector}]
    return node(node_id, "template-transform", {"template": template, "inputs": inputs})


def inside(parent: str, *nodes: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**one, "parent": parent} for one in nodes]


def each(output: list[str], **config: Any) -> dict[str, Any]:
    return node("each", "iteration", {"items": ["start", "items"], "output": output, **config})


def add(head: str, name: str, value: Any, operation: str = "+=", source: str = "constant") -> dict[str, Any]:
    item = {"target": [head, name], "operation": operation, "source": source, "value": value}
    return node("assign", "assigner", {"items": [item]})


def end(**outputs: list[str]) -> dict[str, Any]:
    return node("end", config={"outputs": [{"name": name, "selector": where} for name, where in outputs.items()]})


START = node("start", config={"variables": [{"name": "topic", "type": "text", "required": True}]})

ITEMS = node("start", config={"variables": [{"name": "items", "type": "json"}]})

IS_TEA = {"selector": ["start", "topic"], "operator": "is", "value": "tea"}
