"""Workflow traffic on the device: steps take as long as they take there, answers are as long as drawn.

The clock counts the steps' time alone, as in `simulate`; no step is begun before the one before it is over.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

from inference.attention.paged import PagedAttention
from inference.bench.journal import Measured
from inference.bench.shapes import decoder_of, kv_bytes, names
from inference.bench.stage import Bench, Task
from inference.kernels import dispatch
from inference.runner import TorchRunner
from inference.sequence import Plan
from inference.simulate.knowledge import Telling
from inference.simulate.play import Machine, play
from inference.simulate.study import CASES
from inference.simulate.traffic import MIX, Run, arrivals, chat

_KV_BYTES = 20 << 30
_RUNS_PER_S = 1.0
_SECONDS = 10.0


def replay(bench: Bench) -> Iterator[Task]:
    """The p95 of runs' latencies with each of the platform's hints alone, all, and some of them wrong."""
    for name in names(bench, "Qwen3-8B"):
        for case, told in CASES:
            yield Task(f"replay/{name}/{case}", partial(_played, bench, name, told))


def _played(bench: Bench, name: str, told: Telling) -> Measured:
    n_pages = 200 if bench.rehearsing else _KV_BYTES // (64 * kv_bytes(bench, name))
    played = play(_runs(bench), Machine(n_pages=n_pages), told, compute=_computing(bench, name, n_pages))
    detail = {"p50_s": played.p50, "engine_p95_s": played.p95_waited, "hit_rate": played.hit_rate}
    return Measured(played.p95, "s", detail=detail)


def _runs(bench: Bench) -> list[Run]:
    if not bench.rehearsing:
        return arrivals(_RUNS_PER_S, _SECONDS, seed=1, mix=MIX)
    runs = arrivals(1.0, 3.0, seed=1, mix=((chat, 1.0),))[:1]
    for call in (call for run in runs for call in run.calls):
        call.prompt, call.n_static, call.n_answer = call.prompt[:70], 64, 3
    return runs


def _computing(bench: Bench, name: str, n_pages: int) -> Callable[[Plan], float]:
    dispatch.forget()
    runner = TorchRunner(decoder_of(bench, name), PagedAttention(), n_pages=n_pages, page_size=64)

    def compute(plan: Plan) -> float:
        began = time.perf_counter()
        runner.launch(plan).tokens()
        return time.perf_counter() - began

    return compute
