"""How an engine is timed: it is asked for one sample at a time, so that engines can take turns.

Each line in is `KIND N`; each line out one JSON object: milliseconds of reading (where an engine reads and compiles in
two steps), of compiling, and of running; the number of events seen and the output. What was compiled runs once more a
few times where the engine allows that: `run_ms` is the first run, with nothing of it in the processor's caches,
`again_ms` the median of the others. Needs the standard library only.
"""

from __future__ import annotations

import gc
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

_AGAIN = 10


class Timed(NamedTuple):
    """What a sample takes: `read` and `compile` make something to run of what `prepare` gave, and `run` runs it, once
    only unless `reusable`.
    """

    prepare: Callable[[str, int], Any]
    compile: Callable[[Any, str, int], Any]
    run: Callable[[Any, str, int], tuple[int, Any]]
    read: Callable[[Any], Any] = lambda prepared: prepared
    reusable: bool = True


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
    again = [_timed(engine, runnable, kind, n) for _ in range(_AGAIN)] if engine.reusable else []
    return {
        "load_ms": (running - began) * 1e3,
        "compile_ms": (running - compiling) * 1e3,
        "run_ms": (ended - running) * 1e3,
        **({"again_ms": statistics.median(again)} if again else {}),
        "events": events,
        "output": output,
    }


def _timed(engine: Timed, runnable: Any, kind: str, n: int) -> float:
    began = time.perf_counter()
    engine.run(runnable, kind, n)
    return (time.perf_counter() - began) * 1e3
