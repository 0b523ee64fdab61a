"""How long first tokens take when requests come at random times, at shares of what the engine can do."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from inference.bench.journal import Measured
from inference.bench.serving import Load, ask, drain, text
from inference.bench.shapes import Need, engine_of, names
from inference.bench.stage import Bench, Task, Wrong
from inference.engine import Engine
from inference.simulate.play import quantile

_SHARES = (50, 80, 95)


def ttft(bench: Bench) -> Iterator[Task]:
    """First what the engine can do, in requests a second; then times to the first token, the median as the value."""
    for name in names(bench, "Qwen3-0.6B", "Qwen3-8B"):
        yield Task(f"ttft/{name}/capacity", partial(_capacity, bench, name))
        for share in _SHARES:
            yield Task(f"ttft/{name}/load {share} %", partial(_loaded, bench, name, share))


def _load(bench: Bench, n: int) -> Load:
    dice = random.Random(7)
    length, answer = (20, 4) if bench.rehearsing else (1024, 128)
    return [(text(dice, length), answer) for _ in range(n)]


def _engine(bench: Bench, name: str) -> Engine:
    rows, longest = (4, 32) if bench.rehearsing else (64, 1152)
    engine = engine_of(bench, name, Need(rows, rows * longest, budget=2048, inter_token_s=0.05))
    ask(engine, _load(bench, rows), begin="warm")
    drain(engine)
    return engine


def _capacity(bench: Bench, name: str) -> Measured:
    engine = _engine(bench, name)
    load = _load(bench, 6 if bench.rehearsing else 256)
    load = [(prompt[::-1], n) for prompt, n in load]
    ask(engine, load)
    began = time.perf_counter()
    drain(engine)
    return Measured(len(load) / (time.perf_counter() - began), "requests/s")


@dataclass(slots=True)
class _Times:
    arrived: float
    tokens: list[float] = field(default_factory=list)


def _loaded(bench: Bench, name: str, share: int) -> Measured:
    most = bench.journal.value(f"ttft/{name}/capacity")
    if most is None:
        raise Wrong("the capacity is not known")
    rate = most * share / 100
    engine, dice = _engine(bench, name), random.Random(share)
    n = 6 if bench.rehearsing else max(50, min(2000, int(rate * 30)))
    waiting = [([*prompt[1:], share], answer) for prompt, answer in _load(bench, n)]
    times: dict[str, _Times] = {}
    due = began = time.perf_counter()
    while waiting or engine.has_work:
        while waiting and due <= time.perf_counter():
            times[f"{len(times)}.0"] = _Times(due)
            ask(engine, [waiting.pop()], begin=f"{len(times) - 1}.")
            due += dice.expovariate(rate)
        for output in engine.step() if engine.has_work else ():
            if output.token is not None:
                times[output.request_id].tokens.append(time.perf_counter())
    first = [each.tokens[0] - each.arrived for each in times.values()]
    between = [b - a for each in times.values() for a, b in zip(each.tokens, each.tokens[1:], strict=False)]
    detail = {
        "p95_ms": quantile(first, 0.95) * 1000,
        "p99_ms": quantile(first, 0.99) * 1000,
        "between_p50_ms": quantile(between, 0.5) * 1000,
        "between_p99_ms": quantile(between, 0.99) * 1000,
        "requests_per_s": n / (time.perf_counter() - began),
    }
    return Measured(quantile(first, 0.5) * 1000, "ms", detail=detail)
