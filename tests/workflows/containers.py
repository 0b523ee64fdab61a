"""Graphs with containers that several suites build."""

from __future__ import annotations

from typing import Any

from tests.workflows.builders import document, node, template
from workflows import check, load
from workflows.events import Event, RunFinished

START = node("start", config={"variables": [{"name": "items", "type": "json"}, {"name": "q", "type": "text"}]})


def inside(parent: str, *nodes: dict[str, Any]) -> list[dict[str, Any]]:
    """The nodes, standing in a container."""
    return [{**one, "parent": parent} for one in nodes]


def end(**outputs: str) -> dict[str, Any]:
    rows = [{"name": name, "selector": selector.split(".")} for name, selector in outputs.items()]
    return node("end", config={"outputs": rows})


def each(node_id: str = "each", items: str = "start.items", output: str = "t.output", **config: Any) -> dict[str, Any]:
    return node(node_id, "iteration", {"items": items.split("."), "output": output.split("."), **config})


def outputs(events: list[Event]) -> dict[str, Any]:
    last = events[-1]
    assert isinstance(last, RunFinished), last
    return last.outputs


def iteration(**config: Any) -> dict[str, Any]:
    return document(
        START, each(**config), *inside("each", template("t", "{{ i }}:{{ x }}", x="each.item", i="each.index")),
        end(out="each.output"), edges=["start>each>end", "each:body>t"],
    )  # fmt: skip


def loop(*body: dict[str, Any], edges: list[str], **config: Any) -> dict[str, Any]:
    return document(
        START, node("again", "loop", config), *inside("again", *body), end(n="again.n", rounds="again.loop_round"),
        edges=["start>again>end", *edges],
    )  # fmt: skip


N = {"name": "n", "type": "number", "source": "constant", "value": 0}


def add(head: str, amount: int) -> dict[str, Any]:
    """Adds to the variable `n`."""
    item = {"target": [head, "n"], "operation": "+=", "source": "constant", "value": amount}
    return node("add", "assigner", {"items": [item]})


def codes(graph: dict[str, Any], library: dict[str, Any] | None = None) -> list[str]:
    find = None if library is None else lambda app, version: load(library[app]) if app in library else None
    return [fault.code for fault in check(load(graph), find) if fault.severity == "error"]
