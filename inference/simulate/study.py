"""How much the platform's hints are worth: the mix of runs at 80 % of what the engine can do without any.

Each mechanism alone, all together, and with hints that are wrong for some calls. The engine is the same in all rows,
with prefix caching, chunked prefill and drafts from a sequence's own text; only what it is told differs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import mean

from inference.simulate.knowledge import NOTHING, Telling
from inference.simulate.play import Machine, Played, play, quantile
from inference.simulate.traffic import arrivals, pauses

CASES: tuple[tuple[str, Telling], ...] = (
    ("no hints", NOTHING),
    ("lengths by node", replace(NOTHING, nodes=True)),
    ("critical path and age of the run", replace(NOTHING, critical_path=True, run_age=True)),
    ("siblings together", replace(NOTHING, gangs=True)),
    ("pages held for tools", replace(NOTHING, holds=True)),
    ("published beginnings", replace(NOTHING, prefixes=True)),
    ("drafts from the node's answers", replace(NOTHING, answers=True)),
    ("all", Telling()),
    ("all, 30 % wrong", Telling(wrong=0.3)),
)
_LOAD = 0.8
_FLOOD = 8.0
"""Runs a second that no machine here keeps up with."""


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    played: Played


def capacity(machine: Machine, *, seconds: float = 60.0, seed: int = 3) -> float:
    """Runs a second of the mix without hints: tokens a second with more work than can be done, over tokens a run."""
    flood = play(arrivals(_FLOOD, seconds, seed=seed), machine, NOTHING)
    runs = arrivals(4.0, 500.0, seed=seed + 1)
    return flood.tokens_per_s / mean(sum(call.n_answer for call in run.calls) for run in runs)


def study(machine: Machine, runs_per_s: float, *, seconds: float, seed: int = 1) -> Iterator[Row]:
    """One row for each case, over the same runs."""
    runs = arrivals(runs_per_s, seconds, seed=seed)
    for name, told in CASES:
        yield Row(name, play(runs, machine, told))


def report(*, seconds: float, seed: int = 1) -> Iterator[str]:
    """The study of an 8B model on one H200 as lines of a Markdown table."""
    machine = Machine()
    most = capacity(machine)
    rate = _LOAD * most
    still = quantile([pauses(run) for run in arrivals(rate, seconds, seed=seed)], 0.95)
    yield f"{most:.2f} runs a second are the most without hints; {rate:.2f} arrive, for {seconds:.0f} s."
    yield f"The p95 of the pauses for tools alone, with an engine that takes no time, is {still:.1f} s."
    yield "| hints | run p50 s | run p95 s | better | engine's part p95 s | better | tokens found |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    first: Played | None = None
    for row in study(machine, rate, seconds=seconds, seed=seed):
        now = row.played
        first = first or now
        yield (
            f"| {row.name} | {now.p50:.1f} | {now.p95:.1f} | {first.p95 / now.p95:.2f} | {now.p95_waited:.1f} | "
            f"{first.p95_waited / now.p95_waited:.2f} | {now.hit_rate:.0%} |"
        )
