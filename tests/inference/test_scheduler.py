"""The engine over a fake runner: whatever shares it with them, requests get their own tokens, in their turn."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.errors import BadRequest, Overloaded
from inference.request import Hints, SamplingParams
from inference.sequence import Output, Plan
from tests.inference.fake import FakeRunner, alone, hints, make, next_token, prompts

requests = st.lists(
    st.tuples(prompts, st.integers(1, 15), hints, st.sampled_from(["", "a"]), st.sampled_from([False] * 5 + [True])),
    min_size=1,
    max_size=9,
)


@settings(max_examples=200, deadline=None)
@given(
    asked=requests,
    n_pages=st.integers(10, 20),
    rows=st.integers(1, 5),
    budget=st.integers(5, 30),
    run_ahead=st.integers(0, 3),
    drafts=st.integers(0, 3),
    aborts=st.sets(st.tuples(st.integers(0, 30), st.integers(0, 8))),
    warm=st.sets(st.integers(0, 10)),
)
def test_every_request_gets_its_own_tokens(
    asked: list[tuple[list[int], int, Hints, str, bool]],
    n_pages: int,
    rows: int,
    budget: int,
    run_ahead: int,
    drafts: int,
    aborts: set[tuple[int, int]],
    warm: set[int],
) -> None:
    """Whatever shares the engine with it, however far steps run ahead, and whatever is guessed, kept or aborted."""
    engine, pool = make(n_pages=n_pages, max_rows=rows, token_budget=budget, run_ahead=run_ahead, max_drafts=drafts)
    for at, (prompt, max_tokens, given_hints, salt, alone_in_step) in enumerate(asked):
        params = SamplingParams(max_tokens=max_tokens, hints=given_hints, salt=salt, deterministic=alone_in_step)
        engine.add(str(at), prompt, params)
    got: list[list[int | None]] = [[] for _ in asked]
    aborted: set[int] = set()

    steps = 0
    while engine.has_work:
        outputs = engine.step()
        pool.check()
        for output in outputs:
            assert int(output.request_id) not in aborted
            got[int(output.request_id)].append(output.token)
        for at, which in aborts:
            if at == steps and which < len(asked):
                engine.abort(str(which))
                aborted.add(which)
        if steps in warm:
            engine.warm(f"p{steps}", [3, 1, 4, 1, 5, 9, 2, 6], ttl_s=50)
        steps += 1
        assert steps < 2000, "the engine makes no progress"

    assert pool.n_available + engine.load.pinned_pages == n_pages
    for at, (prompt, max_tokens, *_) in enumerate(asked):
        want = alone(prompt, max_tokens, engine.max_model_len)
        assert got[at] == (want[: len(got[at])] if at in aborted else want)


def test_decoding_goes_on_while_a_long_prompt_is_read_in_chunks() -> None:
    engine, _ = make(token_budget=4)
    engine.add("short", [1], SamplingParams(max_tokens=30, ignore_eos=True))
    engine.step()
    engine.add("long", [2] * 12, SamplingParams(max_tokens=1))

    got = [[output.request_id for output in engine.step()] for _ in range(4)]

    assert got == [["short"], ["short"], ["short"], ["short", "long"]]


def test_a_deterministic_request_is_computed_by_itself_from_its_first_token() -> None:
    engine, pool = make(n_pages=16, token_budget=8, run_ahead=1, max_drafts=2)
    runner = engine._runner
    assert isinstance(runner, FakeRunner)
    plans: list[Plan] = []
    launch = runner.launch
    runner.launch = lambda plan: (plans.append(plan), launch(plan))[1]  # type: ignore[method-assign]
    prompt = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3]
    for name in ("before", "beside"):
        engine.add(name, prompt, SamplingParams(max_tokens=12, ignore_eos=True))
    engine.step()
    engine.add("alone", prompt, SamplingParams(max_tokens=3, ignore_eos=True, deterministic=True))
    while engine.has_work:
        engine.step()

    own = [
        (chunk.start, chunk.n_tokens, chunk.drafts, len(plan.chunks))
        for plan in plans
        for chunk in plan.chunks
        if chunk.sequence.request_id == "alone"
    ]
    assert own == [(0, 8, (), 1), (8, 2, (), 1), (10, 1, (), 1), (11, 1, (), 1)]
    assert pool.n_available == 16


def test_a_request_that_cannot_fit_is_refused_and_holds_nothing() -> None:
    engine, pool = make()

    with pytest.raises(BadRequest) as refused:
        engine.add("a", [1] * 30, SamplingParams(max_tokens=11))

    assert refused.value.code == "context_length_exceeded"
    assert refused.value.message == "The prompt has 30 tokens and asks for 11 more; this model's context holds 40."
    assert (engine.has_work, pool.n_available) == (False, 16)


def test_a_full_queue_is_refused() -> None:
    engine, _ = make(max_waiting=1)
    engine.add("a", [1], SamplingParams())

    with pytest.raises(Overloaded) as refused:
        engine.add("b", [1], SamplingParams())

    assert (refused.value.code, refused.value.retry_after_s) == ("queue_full", 2)


def test_a_stop_token_ends_a_request_and_frees_its_pages() -> None:
    engine, pool = make()
    engine.add("a", [5], SamplingParams(stop_token_ids=(next_token([5]),)))

    assert engine.step() == [Output("a", next_token([5]), "stop")]
    assert pool.n_available == 16


def test_a_gang_that_never_ends_lets_others_in_between() -> None:
    """One row, and always another sibling waiting: who came third is served about when two seconds are over, as the
    siblings that came until then are."""
    engine, _ = make(max_rows=1)
    gang = Hints(run_id="r", gang="g")
    served: list[str] = []
    for name, told in (("g0", gang), ("g1", gang), ("other", Hints())):
        engine.add(name, [1], SamplingParams(max_tokens=1, ignore_eos=True, hints=told))
    for at in range(2, 40):
        engine.add(f"g{at}", [1], SamplingParams(max_tokens=1, ignore_eos=True, hints=gang))
        served += [output.request_id for output in engine.step()]

    assert "other" in served[:8]


def test_a_request_that_nobody_waits_for_is_dropped_too_when_it_is_too_late() -> None:
    engine, pool = make(max_rows=1)
    engine.add("first", [1], SamplingParams(max_tokens=12, ignore_eos=True))
    engine.add("idle", [2], SamplingParams(max_tokens=1, drop_after_ms=3000, hints=Hints(service="idle")))
    got: list[Output] = []
    while engine.has_work:
        got += engine.step()

    assert [each.finish_reason for each in got if each.request_id == "idle"] == ["abort"]
    assert len(got) == 13
    assert pool.n_available == 16
