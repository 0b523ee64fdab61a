"""Steps that fail: who was not at fault notices nothing, who was ends, and an engine past help says so."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inference.attention.paged import PagedAttention
from inference.config import EngineConfig
from inference.engine import Engine
from inference.errors import BadRequest, InferenceError
from inference.faults import Records
from inference.models.decoder import Decoder
from inference.request import SamplingParams
from inference.runner import Pending, Runner, TorchRunner
from inference.sequence import Output, Plan
from tests.inference.fake import FakeRunner, alone, make, prompts
from tests.inference.late import LateLane
from tests.inference.test_device import KINDS, PAGE, answers, decoder, late
from tests.inference.test_device import tokens as said_tokens

__all__ = ["decoder"]

POISON = 14
"""No other prompt has this token, and no answer needs it."""


class Broken(Exception):
    pass


@dataclass
class Failing:
    """A Runner over another, whose steps fail when `fails` says so of their plan: at once, or when they are read."""

    inner: Runner
    fails: Callable[[Plan], bool]
    late: bool = False

    def launch(self, plan: Plan) -> Pending:
        bad = self.fails(plan)
        if bad and not self.late:
            raise Broken
        return FailingStep(self.inner.launch(plan), bad)

    def reset(self) -> None:
        self.inner.reset()

    def close(self) -> None:
        self.inner.close()


@dataclass
class FailingStep:
    inner: Pending
    bad: bool
    seconds: float | None = None
    scores: Any = None

    def tokens(self) -> list[list[int]]:
        result = self.inner.tokens()
        if self.bad:
            raise Broken
        self.scores = self.inner.scores
        return result


def is_poisoned(plan: Plan) -> bool:
    return any(chunk.sequence.tokens[0] == POISON for chunk in plan.chunks)


def run_out(engine: Engine) -> dict[str, list[Output]]:
    got: dict[str, list[Output]] = {}
    while engine.has_work:
        for output in engine.step():
            got.setdefault(output.request_id, []).append(output)
    return got


def tokens(outputs: list[Output]) -> list[int | None]:
    return [each.token for each in outputs]


@settings(max_examples=60, deadline=None)
@given(
    asked=st.lists(st.tuples(prompts, st.integers(1, 12)), min_size=1, max_size=6),
    place=st.integers(0, 5),
    n_good=st.integers(0, 4),
    n_pages=st.integers(10, 20),
    rows=st.integers(1, 5),
    run_ahead=st.integers(0, 3),
    drafts=st.integers(0, 3),
    late=st.booleans(),
)
def test_the_request_at_fault_ends_and_the_others_notice_nothing(
    asked: list[tuple[list[int], int]],
    place: int,
    n_good: int,
    n_pages: int,
    rows: int,
    run_ahead: int,
    drafts: int,
    late: bool,
) -> None:
    """It fails at its first step, or later, wherever it stands in the queue."""
    engine, pool = make(n_pages=n_pages, max_rows=rows, run_ahead=run_ahead, max_drafts=drafts)
    grown = 1 + n_good
    engine._runner = Failing(
        engine._runner, lambda plan: is_poisoned(plan) and any(_reaches(chunk, grown) for chunk in plan.chunks), late
    )
    for at, (prompt, max_tokens) in enumerate(asked):
        if at == min(place, len(asked) - 1):
            engine.add("poison", [POISON], SamplingParams(max_tokens=12, ignore_eos=True))
        engine.add(str(at), prompt, SamplingParams(max_tokens=max_tokens))

    got = run_out(engine)
    pool.check()

    poisoned = got.pop("poison")
    assert tokens(poisoned[:-1]) == alone([POISON], 12, 40)[: len(poisoned) - 1]
    assert len(poisoned) - 1 <= n_good
    assert (poisoned[-1].token, poisoned[-1].finish_reason) == (None, "abort")
    assert poisoned[-1].error is not None
    assert poisoned[-1].error.code == "engine_failed"
    for at, (prompt, max_tokens) in enumerate(asked):
        assert tokens(got[str(at)]) == alone(prompt, max_tokens, engine.max_model_len)
    assert pool.n_available == n_pages


def _reaches(chunk: Any, n_tokens: int) -> bool:
    poisoned = chunk.sequence.tokens[0] == POISON
    return bool(poisoned and chunk.start + chunk.n_tokens + len(chunk.drafts) >= n_tokens)


@pytest.mark.parametrize("late", [False, True])
def test_a_fault_that_does_not_come_back_is_nobody_s(late: bool) -> None:
    engine, pool = make(run_ahead=2)
    steps = iter([False, False, True])
    engine._runner = Failing(engine._runner, lambda plan: next(steps, False), late)
    for name in "abc":
        engine.add(name, [ord(name) % 7, 2, 3], SamplingParams(max_tokens=9))

    got = run_out(engine)

    assert {name: tokens(said) for name, said in got.items()} == {
        name: alone([ord(name) % 7, 2, 3], 9, 40) for name in "abc"
    }
    assert pool.n_available == 16


def test_an_engine_whose_steps_all_fail_raises() -> None:
    """The first two faults are blamed on a request, that of the probe cannot be."""
    engine, _ = make()
    engine._runner = Failing(engine._runner, lambda plan: True)
    engine.add("a", [1], SamplingParams())
    engine.add("b", [2], SamplingParams())

    first, second = engine.step(), engine.step()

    assert first == []
    assert [(each.request_id, each.finish_reason) for each in second] == [("a", "abort")]
    with pytest.raises(Broken):
        engine.step()


def test_two_requests_at_fault_end_and_the_engine_goes_on() -> None:
    """As do the places of one choice, whose prompt is at fault in each. Between them a probe gets through."""
    engine, pool = make()
    runner = engine._runner
    assert isinstance(runner, FakeRunner)
    engine._runner = Failing(runner, is_poisoned)
    for name, prompt in (("first", [POISON, 1]), ("second", [POISON, 2]), ("good", [1])):
        engine.add(name, prompt, SamplingParams(max_tokens=3, ignore_eos=True))

    got = run_out(engine)

    assert [(name, [each.finish_reason for each in got[name]]) for name in ("first", "second")] == [
        ("first", ["abort"]),
        ("second", ["abort"]),
    ]
    assert tokens(got["good"]) == alone([1], 3, 40)[:3]
    assert got.keys() == {"first", "second", "good"}
    computed = [[chunk.sequence.request_id for chunk in plan.chunks] for plan in runner.plans]
    assert computed == [["probe"], ["probe"], ["good"], ["good"], ["good"]]
    assert pool.n_available == 16


def test_a_prefix_that_keeps_failing_is_not_computed_again() -> None:
    engine, _ = make()
    engine._runner = Failing(engine._runner, is_poisoned)
    prefix = [POISON, 2, 3, 4, 5, 6, 7, 8]
    for _ in range(2):
        engine.warm("p", prefix, ttl_s=9)
        run_out(engine)

    with pytest.raises(BadRequest) as refused:
        engine.warm("p", prefix, ttl_s=9)

    assert refused.value.code == "request_fails"
    assert (engine.has_work, engine.pinned) == (False, {})


def test_a_deadline_that_passes_while_steps_are_computed_again_ends_nobody_who_has_begun() -> None:
    engine, _ = make()
    steps = iter([False, False, False, True])
    engine._runner = Failing(engine._runner, lambda plan: next(steps, False))
    # the clock ticks a second each time it is asked
    engine.add("a", [5], SamplingParams(max_tokens=8, ignore_eos=True, drop_after_ms=9000))

    got = run_out(engine)["a"]

    assert tokens(got) == alone([5], 8, 40)
    assert [each.finish_reason for each in got] == [None] * 7 + ["length"]


def test_a_request_that_keeps_failing_is_not_let_in_again() -> None:
    """Nor by an engine that was built in the place of the first; others with another prompt or temperature are."""
    records = Records()
    refused = []
    for _ in range(2):
        engine, _ = make()
        engine._records = engine._faults._records = records
        engine._runner = Failing(engine._runner, is_poisoned)
        try:
            engine.add("poison", [POISON, 2], SamplingParams(seed=len(refused), max_tokens=3))
        except BadRequest as error:
            refused.append(error.code)
            continue
        said = run_out(engine)["poison"]
        assert said[-1].error is not None
        engine.add("again", [POISON, 2], SamplingParams(max_tokens=3))
        assert run_out(engine)["again"][-1].error is not None
        with pytest.raises(BadRequest):
            engine.add("third", [POISON, 2], SamplingParams(max_tokens=3))
        assert not engine.has_work
        engine.add("other", [1, 2], SamplingParams(max_tokens=3))
        engine.add("colder", [POISON, 2], SamplingParams(max_tokens=3, temperature=0.5))
        engine.abort("colder")

    assert refused == ["request_fails"]


@dataclass
class Binding:
    """A constraint that allows everything and breaks in one of its calls."""

    breaks: str
    n_taken: int = 0
    ended: bool = False
    failure: InferenceError | None = None
    calls: list[str] = field(default_factory=list)

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if name == self.breaks and (name == "begin" or self.n_taken == 2):
            raise Broken

    def begin(self) -> list[int]:
        self._call("begin")
        return []

    def allowed(self) -> bytes:
        self._call("allowed")
        return b"\xff\xff\xff\xff"

    def take(self, token: int) -> list[int]:
        self._call("take")
        self.n_taken += 1
        return []


class Asking(FakeRunner):
    """Asks constraints as real runners do."""

    def launch(self, plan: Plan) -> Any:
        for chunk in plan.chunks:
            if chunk.samples:
                chunk.sequence.allowed()
        return super().launch(plan)


@pytest.mark.parametrize(("breaks", "n_said"), [("begin", 0), ("allowed", 2), ("take", 3)])
@pytest.mark.parametrize("run_ahead", [0, 2])
def test_a_constraint_that_breaks_ends_its_own_request_alone(breaks: str, n_said: int, run_ahead: int) -> None:
    engine, pool = make(run_ahead=run_ahead)
    engine._runner = runner = Asking(8, 4)
    params = SamplingParams(max_tokens=9, ignore_eos=True)
    engine.add("free", [1], params)
    engine.add("bound", [2], params, Binding(breaks))

    got = run_out(engine)

    free, bound = tokens(got["free"]), got["bound"]
    assert len(free) == 9
    assert tokens(bound[:-1]) == alone([2], 9, 40)[:n_said]
    assert bound[-1].error is not None
    assert (bound[-1].finish_reason, bound[-1].error.code) == ("abort", "constraint_failed")
    assert (runner.n_resets, pool.n_available) == (0, 16)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    fails=st.integers(0, 25),
    late_fault=st.booleans(),
    run_ahead=st.integers(1, 3),
    n_drafts=st.integers(0, 2),
    seed=st.integers(0, 99),
)
def test_a_device_that_is_late_gets_over_steps_that_fail(
    decoder: Decoder, fails: int, late_fault: bool, run_ahead: int, n_drafts: int, seed: int
) -> None:
    asked = [([3, 1, 4, 1, 5, 9, 2, 6, at], params) for at, params in enumerate(KINDS)]
    plain = EngineConfig(page_size=PAGE, n_pages=20, max_rows=4, token_budget=16, run_ahead=0)
    ahead = replace(plain, run_ahead=run_ahead, max_drafts=n_drafts)
    number = itertools.count()
    runner = Failing(
        late(decoder, LateLane(random.Random(seed)), ahead),
        lambda _: next(number) == fails,
        late_fault,
    )

    want = answers(TorchRunner(decoder, PagedAttention(), n_pages=20, page_size=PAGE), plain, asked)
    got = answers(runner, ahead, asked)

    assert {name: said_tokens(said) for name, said in got.items()} == {
        name: said_tokens(said) for name, said in want.items()
    }


def test_whoever_stands_behind_a_step_that_failed_is_not_to_blame() -> None:
    """The client of the poisoned request leaves while its step is under way, so the one behind alone is left."""
    engine, pool = make(run_ahead=1)
    engine._runner = Failing(engine._runner, is_poisoned, late=True)
    for name, first in (("poison", POISON), ("good", 1)):
        engine.add(name, [first], SamplingParams(max_tokens=5, ignore_eos=True))
    got: dict[str, list[Output]] = {}
    left = False
    while engine.has_work:
        for output in engine.step():
            got.setdefault(output.request_id, []).append(output)
        under_way = engine._under_way[-1][0].chunks if engine._under_way else []
        if not left and [chunk.sequence.request_id for chunk in under_way] == ["poison"]:
            engine.abort("poison")
            left = True
    pool.check()

    assert left
    assert tokens(got["good"]) == alone([1], 5, 40)
