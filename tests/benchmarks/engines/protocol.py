"""How an engine is timed: it is asked for one sample at a time, so that engines can take turns.

Each line in is `KIND N`; each line out one JSON object: milliseconds of reading (where an engine reads and compiles in
two steps), of compiling, and of running; the number of events seen and the output. Needs the standard library only.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple


class Timed(NamedTuple):
    """What a sample takes: `read` and `compile` make something to run of what `prepare` gave, and `run` uses it up."""

    prepare: Callable[[str, int], Any]
    compile: Callable[[Any, str, int], Any]
    run: Callable[[Any, str, int], tuple[int, Any]]
    read: Callable[[Any], Any] = lambda prepared: prepared


def serve(engine: Timed) -> None:
    """Answer until the questions end. What `prepare` does is not timed."""
    for line in sys.stdin:
        kind, n = line.split()
        print(json.dumps(_sample(engine, kind, int(n))), flush=True)


def _sample(engine: Timed, kind: str, n: int) -> dict[str, Any]:
    prepared = engine.prepare(kind, n)
    gc.collect()
    began = time.perf_counter()
    read = engine.read(prepared)
    compiling = time.perf_counter()
    runnable = engine.compile(read, kind, n)
    running = time.perf_counter()
    events, output = engine.run(runnable, kind, n)
    ended = time.perf_counter()
    return {
        "load_ms": (running - began) * 1e3,
        "compile_ms": (running - compiling) * 1e3,
        "run_ms": (ended - running) * 1e3,
        "events": events,
        "output": output,
    }
