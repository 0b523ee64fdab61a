"""The simulator: every run ends, the same seed plays the same, and what it claims to measure is what it measures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inference.simulate.knowledge import NOTHING, Telling
from inference.simulate.play import Machine, play
from inference.simulate.traffic import Run, arrivals, branch, chain

SMALL = Machine(n_pages=2400, max_rows=64)


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    return arrivals(2.0, 6.0, seed=5)


def least_s(run: Run, machine: Machine) -> float:
    """A run cannot take less than its longest way's pauses, and a step for each token said there."""
    ends: list[float] = []
    for call in run.calls:
        begins = max((ends[at] for at in call.after), default=0.0)
        ends.append(begins + call.pause_s + call.n_answer * machine.step_s)
    return max(ends)


def test_every_run_ends_not_sooner_than_it_could(runs: list[Run]) -> None:
    played = play(runs, SMALL, NOTHING)

    assert len(played.latencies) == len(runs)
    assert sorted(played.latencies) >= sorted(least_s(run, SMALL) for run in runs)
    assert 0 < played.p50 <= played.p95 <= max(played.latencies)
    assert played == play(runs, SMALL, NOTHING)


def test_pinned_beginnings_are_found_from_the_first_run_on() -> None:
    few = arrivals(1.0, 4.0, seed=2, mix=((chain, 1.0),))

    without, with_prefixes = play(few, SMALL, NOTHING), play(few, SMALL, replace(NOTHING, prefixes=True))

    assert with_prefixes.hit_rate > without.hit_rate


def test_a_choice_among_names_costs_one_step_instead_of_many() -> None:
    few = arrivals(1.0, 4.0, seed=2, mix=((branch, 1.0),))

    assert play(few, SMALL, replace(NOTHING, choices=True)).p50 < play(few, SMALL, NOTHING).p50


def test_wrong_hints_lose_no_run(runs: list[Run]) -> None:
    assert len(play(runs, replace(SMALL, brisk_s=0.008), Telling(wrong=1.0)).latencies) == len(runs)
