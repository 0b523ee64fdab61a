"""What must not grow with a workload: the stack in a chain, the cost of a round in an iteration."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from tests.benchmarks.engines.shapes import SIZES, app, inputs
from workflows import compile, load, run
from workflows.events import NodeFinished, RunFinished


async def outputs(kind: str, n: int) -> dict[str, Any]:
    plan = compile(load(app(kind, n)))
    last = [event async for event in run(plan, inputs(n))][-1]
    assert isinstance(last, RunFinished)
    return last.outputs


@pytest.mark.parametrize(("kind", "n"), [(kind, n) for kind, sizes in SIZES.items() for n in sizes])
async def test_every_workload_gives_its_output(kind: str, n: int) -> None:
    expected: dict[str, Any] = {
        "chain": "hi" + "." * n,
        "fan": "hi.",
        "branch": "hi",
        "iteration": [f"{i}." for i in range(n)],
    }

    assert await outputs(kind, n) == {"o": expected[kind]}


async def test_a_chain_of_two_thousand_nodes_runs_without_recursion() -> None:
    depth, frame = 0, sys._getframe()
    while frame is not None:
        depth, frame = depth + 1, frame.f_back  # type: ignore[assignment]
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(depth + 150)
    try:
        assert await outputs("chain", 2000) == {"o": "hi" + "." * 2000}
    finally:
        sys.setrecursionlimit(limit)


async def test_a_round_costs_the_same_however_much_the_pool_holds() -> None:
    """A thousand values more in the pool: were it copied for each round, the iteration would take far longer."""
    small = min([await iteration_ms(before=1) for _ in range(3)])
    large = min([await iteration_ms(before=1000) for _ in range(3)])

    assert large < 3 * small


async def iteration_ms(before: int) -> float:
    """What 500 rounds take behind a chain of `before` nodes."""
    document, chain = app("iteration", 500), app("chain", before)
    graph = document["workflow"]["graph"]
    graph["nodes"] += [node for node in chain["workflow"]["graph"]["nodes"] if node["id"].startswith("n")]
    graph["edges"] = [edge for edge in graph["edges"] if edge["source"] != "start"] + [
        {**edge, "target": edge["target"].replace("end", "it")} for edge in chain["workflow"]["graph"]["edges"]
    ]
    events = [event async for event in run(compile(load(document)), inputs(500))]
    assert isinstance(events[-1], RunFinished)
    return next(event.elapsed_ms for event in events if isinstance(event, NodeFinished) and event.node_id == "it")
