"""Agents that several suites run, and what their events tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.workflows.builders import document, node
from workflows import Ports
from workflows.events import Event, NodeDelta, NodeFinished, NodeStep
from workflows.testing import FixedClock, ScriptedModels, run_to_events

MODEL = {"provider": "p", "name": "m"}

TIME = {"provider": "weft", "tool": "current_time"}

NOW = ("current_time", {"timezone": "UTC"})


def agent(*tools: dict[str, Any], **config: Any) -> dict[str, Any]:
    working = node("a", "agent", {"model": MODEL, "tools": list(tools), **config})
    return document(node("start"), working, node("answer", config={"answer": "{{#a.text#}}"}),
                    edges=["start>a>answer"], mode="chat")  # fmt: skip


async def work(models: ScriptedModels, *tools: dict[str, Any], **more: Any) -> list[Event]:
    config = {name: more.pop(name) for name in ("strategy", "max_steps", "instruction") if name in more}
    ports = Ports(models=models, clock=FixedClock(), **more)
    return await run_to_events(agent(*tools, **config), ports=ports, query="What time is it?")


def finished(events: Sequence[Event]) -> NodeFinished:
    return next(event for event in events if isinstance(event, NodeFinished) and event.node_id == "a")


def steps(events: Sequence[Event]) -> list[NodeStep]:
    return [event for event in events if isinstance(event, NodeStep)]


def heard(events: Sequence[Event], output: str) -> str:
    return "".join(event.text for event in events if isinstance(event, NodeDelta) and event.output == output)


def observed(models: ScriptedModels, at: int = -1) -> list[str]:
    return [str(message.content) for message in models.requests[at].messages if message.role == "tool"]
