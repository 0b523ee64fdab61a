"""The simulator: every run ends, the same seed plays the same, and what it claims to measure is what it measures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inference.simulate.knowledge import NOTHING, Telling
from inference.simulate.play import Machine, play
from inference.simulate.traffic import Run, arrivals, chain

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


def test_wrong_hints_lose_no_run(runs: list[Run]) -> None:
    assert len(play(runs, replace(SMALL, brisk_s=0.008), Telling(wrong=1.0)).latencies) == len(runs)


def test_hints_are_worth_something_and_wrong_ones_cost_little() -> None:
    """On a small machine that is busy; `python -m inference simulate` has the table for the size of an H200."""
    busy = arrivals(4.0, 14.0, seed=9)

    nothing, right, wrong = (play(busy, SMALL, told) for told in (NOTHING, Telling(), Telling(wrong=0.3)))

    assert right.p50 < nothing.p50 / 1.4
    assert right.p95_waited < nothing.p95_waited / 1.2
    assert wrong.p95_waited < nothing.p95_waited * 1.05


def test_guesses_are_right_as_often_as_the_script_says() -> None:
    few = arrivals(0.5, 30.0, seed=4, mix=((chain, 1.0),))

    slow, fast = (play(few, replace(SMALL, max_drafts=most), replace(NOTHING, answers=True)) for most in (0, 3))

    # three guesses, each right in half the cases: 1 + 1/2 + 1/4 + 1/8 tokens a step
    assert 1.4 < slow.p50 / fast.p50 < 1.9
