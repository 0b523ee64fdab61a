"""graphon, the engine of Dify: from text to an engine, and all events of a run."""

from __future__ import annotations

from typing import Any

import yaml
from graphon.dsl import loads

from tests.benchmarks.engines.protocol import Timed, serve
from tests.benchmarks.engines.shapes import graph, inputs


def prepare(kind: str, n: int) -> str:
    return yaml.safe_dump({"kind": "graph", "dependencies": [], "graph": graph(kind, n)})


def run_all(engine: Any, kind: str, n: int) -> tuple[int, Any]:
    events = list(engine.run())
    return len(events), events[-1].outputs["o"]


if __name__ == "__main__":
    serve(Timed(prepare, lambda text, kind, n: loads(text, start_inputs=inputs(n)), run_all, reusable=False))
