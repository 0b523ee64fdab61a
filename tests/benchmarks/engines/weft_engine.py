"""Weft's engine: from text to a plan, and all events of a run."""

from __future__ import annotations

import asyncio
from typing import Any

import yaml

from tests.benchmarks.engines.protocol import Timed, serve
from tests.benchmarks.engines.shapes import app, inputs
from workflows import compile, load, run

# A server has one loop for all its runs. A Runner would set a signal handler for each, which costs a small run a third.
LOOP = asyncio.new_event_loop()


def prepare(kind: str, n: int) -> str:
    return yaml.safe_dump(app(kind, n))


def run_all(plan: Any, kind: str, n: int) -> tuple[int, Any]:
    async def consume() -> tuple[int, Any]:
        events = [event async for event in run(plan, inputs(n))]
        return len(events), events[-1].outputs["o"]

    return LOOP.run_until_complete(consume())


if __name__ == "__main__":
    serve(Timed(prepare, lambda definition, kind, n: compile(definition), run_all, read=load))
