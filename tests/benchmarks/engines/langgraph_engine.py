"""LangGraph on the same shapes, built as its manual builds them: a node renders a compiled template, as ours do, and
the state keeps every node's output. In memory, without checkpoints; `stream_mode="updates"`, so that events are made.
"""

from __future__ import annotations

import asyncio
import operator
from typing import Annotated, Any, TypedDict

from jinja2 import Environment
from langgraph.graph import END, START, StateGraph
from langgraph.types import Send

from tests.benchmarks.engines.protocol import Timed, serve
from tests.benchmarks.engines.shapes import inputs

# A server has one loop for all its runs. A Runner would set a signal handler for each, which costs a small run a third.
LOOP = asyncio.new_event_loop()
TEMPLATE = Environment().from_string("{{ x }}.")


class State(TypedDict):
    q: str
    items: list[str]
    out: Annotated[dict[str, str], operator.or_]


def build(_: None, kind: str, n: int) -> Any:
    builder = StateGraph(State)
    _SHAPES[kind](builder, n)
    return builder.compile()


def _chain(builder: Any, n: int) -> None:
    for i in range(n):
        builder.add_node(f"n{i}", _render(i, f"n{i - 1}"))
        builder.add_edge(f"n{i - 1}" if i else START, f"n{i}")
    builder.add_edge(f"n{n - 1}", END)


def _fan(builder: Any, n: int) -> None:
    for i in range(n):
        builder.add_node(f"n{i}", _render(i, None))
        builder.add_edge(START, f"n{i}")
        builder.add_edge(f"n{i}", END)


def _branch(builder: Any, n: int) -> None:
    async def nothing(state: State) -> dict[str, Any]:
        return {"out": {}}

    for i in range(n):
        builder.add_node(f"if{i}", nothing)
        builder.add_node(f"dead{i}", _render(i, None))
        builder.add_edge(f"dead{i}", END)
        live = f"if{i + 1}" if i < n - 1 else END
        builder.add_conditional_edges(f"if{i}", lambda state: "h" in state["q"], {True: live, False: f"dead{i}"})
    builder.add_edge(START, "if0")


def _iteration(builder: Any, n: int) -> None:
    async def one(item: dict[str, str]) -> dict[str, Any]:
        return {"out": {item["key"]: TEMPLATE.render(x=item["x"])}}

    builder.add_node("one", one)
    builder.add_conditional_edges(
        START, lambda state: [Send("one", {"key": str(i), "x": x}) for i, x in enumerate(state["items"])], ["one"]
    )
    builder.add_edge("one", END)


def _render(i: int, before: str | None) -> Any:
    async def render(state: State) -> dict[str, Any]:
        x = state["out"].get(before, state["q"]) if before else state["q"]
        return {"out": {f"n{i}": TEMPLATE.render(x=x)}}

    return render


_SHAPES = {"chain": _chain, "fan": _fan, "branch": _branch, "iteration": _iteration}


def run_all(graph: Any, kind: str, n: int) -> tuple[int, Any]:
    async def consume() -> tuple[int, Any]:
        config = {"recursion_limit": n + 10}
        stream = graph.astream({**inputs(n), "out": {}}, config, stream_mode="updates")
        updates = [update async for update in stream]
        return len(updates), sorted(updates[-1])

    return LOOP.run_until_complete(consume())


if __name__ == "__main__":
    serve(Timed(lambda kind, n: None, build, run_all))
