"""How much the platform's hints are worth: the mix of runs at 80 % of what the engine can do without any.

Each mechanism alone, all together, and with hints that are wrong for some calls. The engine is the same in all rows,
with prefix caching, chunked prefill and drafts from a sequence's own text; only what it is told differs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from inference.simulate.knowledge import NOTHING, Telling
from inference.simulate.play import Machine, Played, play, quantile
from inference.simulate.traffic import Run, arrivals, at_load, pauses

CASES: tuple[tuple[str, Telling], ...] = (
    ("no hints", NOTHING),
    ("lengths by node", replace(NOTHING, nodes=True)),
    ("critical path and age of the run", replace(NOTHING, critical_path=True, run_age=True)),
    ("siblings together", replace(NOTHING, gangs=True)),
    ("siblings together, their beginning read once", replace(NOTHING, gangs=True, shared=True)),
    ("choices by one prefill", replace(NOTHING, choices=True)),
    ("pages held for tools", replace(NOTHING, holds=True)),
    ("published beginnings", replace(NOTHING, prefixes=True)),
    ("drafts from the node's answers", replace(NOTHING, answers=True)),
    ("all", Telling()),
    ("all, 30 % wrong", Telling(wrong=0.3)),
)
_LOAD = 0.8
_FLOOD = 6.5
"""Runs a second that no machine here keeps up with without hints."""
_MORE = 1.5
ACCEPTANCE: tuple[tuple[str, float], ...] = (("half as often", 0.5), ("never, nothing is drafted", 0.0))


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    played: Played


def capacity(machine: Machine, *, runs: list[Run] | None = None) -> float:
    """Tokens of answers a second without hints, with more work than can be done."""
    return play(runs or arrivals(_FLOOD, 100.0, seed=3), machine, NOTHING).tokens_per_s


def study(machine: Machine, runs: list[Run]) -> Iterator[Row]:
    """One row for each case, over the same runs."""
    for name, told in CASES:
        yield Row(name, play(runs, machine, told))


def least_s(run: Run, machine: Machine) -> float:
    """What a run takes when each of its calls has the machine to itself and no prompt takes any time: pauses, and steps
    that read the weights, with drafts that are right as often as the node's are."""
    ends: list[float] = []
    for call in run.calls:
        chance = call.repeats[1]
        n_steps = call.n_answer / sum(chance**right for right in range(machine.max_drafts + 1))
        begins = max((ends[at] for at in call.after), default=0.0) + call.pause_s
        ends.append(begins + n_steps * (machine.weights_s + machine.beside_s))
    return max(ends)


def assuming(runs: list[Run], share: float) -> list[Run]:
    """The same runs with drafts that are right so much as often."""
    return [
        replace(
            run, calls=[replace(call, repeats=(call.repeats[0] * share, call.repeats[1] * share)) for call in run.calls]
        )
        for run in runs
    ]


def report(*, seconds: float, seed: int = 1) -> Iterator[str]:
    """The study of an 8B model on one H200, as two Markdown tables."""
    machine = Machine()
    most = capacity(machine)
    given = arrivals(3.0, seconds, seed=seed)
    runs = at_load(given, _LOAD * most)
    waiting = quantile([pauses(run) for run in runs], 0.95)
    alone = quantile([least_s(run, machine) for run in runs], 0.95)
    yield f"At most {most:.0f} tokens a second without hints; {len(runs)} runs in {runs[-1].arrives:.0f} s want 80 %."
    yield f"The pauses for tools have a p95 of {waiting:.1f} s; with runs that never meet it is {alone:.1f} s."
    yield "| hints | run p50 s | run p95 s | better | engine's part p95 s | better | tokens found |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    first: Played | None = None
    for row in study(machine, runs):
        first = first or row.played
        yield _line(row, first)
    assert first is not None
    more = at_load(given, _MORE * _LOAD * most)
    yield _line(Row(f"all, {_MORE} times the runs", play(more, machine, Telling())), first)
    yield ""
    yield "| drafts are right | hints | run p50 s | run p95 s | better | engine's part p95 s | better | tokens found |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for name, share in ACCEPTANCE:
        slower = machine if share else replace(machine, max_drafts=0)
        most = capacity(slower, runs=assuming(arrivals(_FLOOD, 100.0, seed=3), share))
        runs = at_load(assuming(given, share), _LOAD * most)
        first = None
        for case, told in (CASES[0], *CASES[-2:]):
            row = Row(case, play(runs, slower, told))
            first = first or row.played
            yield f"| {name} {_line(row, first)}"


def _line(row: Row, first: Played) -> str:
    now = row.played
    return (
        f"| {row.name} | {now.p50:.1f} | {now.p95:.1f} | {first.p95 / now.p95:.2f} | {now.p95_waited:.1f} | "
        f"{first.p95_waited / now.p95_waited:.2f} | {now.hit_rate:.0%} |"
    )
