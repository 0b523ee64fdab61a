"""The simulator: every run ends, the same seed plays the same, and what it claims to measure is what it measures."""

from __future__ import annotations

from dataclasses import replace
from statistics import median

import pytest

from inference.simulate.knowledge import NOTHING, Telling
from inference.simulate.play import Machine, play
from inference.simulate.traffic import Run, arrivals, at_load, chain

SMALL = Machine(n_pages=2400, max_rows=64)


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    return arrivals(2.0, 6.0, seed=5)


def soonest_s(run: Run, machine: Machine) -> float:
    """No run takes less than its longest way's pauses, and a step that reads the weights for every four tokens."""
    ends: list[float] = []
    for call in run.calls:
        begins = max((ends[at] for at in call.after), default=0.0)
        n_steps = -(-call.n_answer // (machine.max_drafts + 1))
        ends.append(begins + call.pause_s + n_steps * machine.weights_s)
    return max(ends)


def test_every_run_ends_not_sooner_than_it_could(runs: list[Run]) -> None:
    played = play(runs, SMALL, NOTHING)

    assert len(played.latencies) == len(runs)
    soonest = sorted(soonest_s(run, SMALL) for run in runs)
    assert all(took >= least for took, least in zip(sorted(played.latencies), soonest, strict=True))
    assert 0 < played.p50 <= played.p95 <= max(played.latencies)
    assert played == play(runs, SMALL, NOTHING)


def test_pinned_beginnings_are_found_from_the_first_run_on() -> None:
    few = arrivals(1.0, 4.0, seed=2, mix=((chain, 1.0),))

    without, with_prefixes = play(few, SMALL, NOTHING), play(few, SMALL, replace(NOTHING, prefixes=True))

    assert with_prefixes.hit_rate > without.hit_rate


def test_wrong_hints_lose_no_run(runs: list[Run]) -> None:
    assert len(play(runs, replace(SMALL, brisk_s=0.008), Telling(wrong=1.0)).latencies) == len(runs)


def test_what_hints_are_claimed_to_be_worth() -> None:
    """`python -m inference simulate` in little: half a minute of its traffic, at 80 % of the 5107 tokens a second that
    it finds to be the most without hints."""
    machine, given = Machine(), arrivals(3.0, 30.0, seed=1)
    runs, more = (at_load(given, share * 5107) for share in (0.8, 1.2))

    nothing = play(runs, machine, NOTHING)
    together = play(runs, machine, replace(NOTHING, gangs=True, shared=True))
    right = play(runs, machine, Telling())
    wrong = play(runs, machine, Telling(wrong=0.3))
    many = play(more, machine, Telling())

    assert together.p95_waited < nothing.p95_waited / 1.3
    assert right.p50 < nothing.p50 / 2
    assert right.p95 < nothing.p95 / 1.5
    assert right.p95_waited < nothing.p95_waited / 2
    assert many.p95 < nothing.p95
    # wrong ones may cost a twentieth; they do not even cost what the right ones among them bring
    assert wrong.p95 < nothing.p95
    assert wrong.p95_waited < nothing.p95_waited


def test_traffic_is_what_was_asked_for() -> None:
    runs = arrivals(3.0, 300.0, seed=1)
    apart = at_load(runs, 2000.0)

    shares = {name: sum(run.pattern == name for run in runs) / len(runs) for name in {run.pattern for run in runs}}
    wanted = {"chain": 40 / 120, "map_reduce": 20 / 120, "agent": 30 / 120, "branch": 10 / 120, "chat": 20 / 120}
    assert shares == pytest.approx(wanted, abs=0.03)
    calls = [call for run in runs for call in run.calls]
    waits = [call.pause_s for call in calls if call.pause_s]
    assert 0.3 <= min(waits) <= max(waits) <= 5.0
    assert median(waits) == pytest.approx((0.3 * 5.0) ** 0.5, rel=0.05)
    assert {len(run.calls) for run in runs if run.pattern == "agent"} == set(range(3, 11))
    assert all(50 <= call.n_answer <= 400 for call in calls if not call.is_choice)
    wanted_tokens = sum(call.n_answer for call in calls)
    assert wanted_tokens / apart[-1].arrives == pytest.approx(2000.0)
    assert [run.calls for run in apart] == [run.calls for run in runs]


def test_guesses_are_right_as_often_as_the_script_says() -> None:
    few = arrivals(0.5, 30.0, seed=4, mix=((chain, 1.0),))

    slow, fast = (play(few, replace(SMALL, max_drafts=most), replace(NOTHING, answers=True)) for most in (0, 3))

    # three guesses, each right in half the cases: 1 + 1/2 + 1/4 + 1/8 tokens a step
    assert 1.4 < slow.p50 / fast.p50 < 1.9
