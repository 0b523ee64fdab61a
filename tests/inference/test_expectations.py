"""What the scheduler expects: how long a step takes, how long an answer gets, what comes next, and who goes first."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.cache.pages import PagePool
from inference.cache.table import BlockTable
from inference.cost import CostModel, StepShape
from inference.drafting import ngram_drafts
from inference.lengths import LengthBook
from inference.request import Hints, SamplingParams, Service
from inference.sequence import Sequence
from inference.waiting import Order, WaitingQueue, rank
from tests.inference.fake import make


def true_seconds(shape: StepShape) -> float:
    return 0.004 + shape.n_prefill / 20_000 + shape.n_decode * 2e-5 + shape.n_kv / 5e7 + shape.prefill_context / 4e9


def test_the_cost_model_learns_what_steps_take() -> None:
    dice = random.Random(3)
    model = CostModel()
    for _ in range(300):
        prefill, rows = dice.choice([0, 64, 512]), dice.randrange(64)
        shape = StepShape(prefill, rows, rows * dice.randrange(4000), prefill * dice.randrange(2000))
        model.observe(shape, true_seconds(shape) * dice.uniform(0.98, 1.02))

    for shape in (StepShape(0, 8, 9000, 0), StepShape(512, 32, 60_000, 400_000), StepShape(256, 0, 0, 30_000)):
        assert model.predict(shape) == pytest.approx(true_seconds(shape), rel=0.1)


def test_a_step_that_something_else_held_up_teaches_nothing() -> None:
    model, shape = CostModel(), StepShape(0, 8, 8000, 0)
    for _ in range(40):
        model.observe(shape, 0.01)
    before = model.predict(shape)

    model.observe(shape, 5.0)

    assert model.predict(shape) == before


def test_the_chunk_is_the_largest_that_keeps_the_step_short() -> None:
    model = CostModel.of_rates(
        step_s=0.01, prefill_per_s=10_000, row_s=0.0, kv_per_s=float("inf"), square_per_s=float("inf")
    )
    decoding, sizes = StepShape(0, 4, 0, 0), (16, 64, 256, 1024)

    assert [model.largest_chunk(decoding, 0, limit, sizes) for limit in (0.001, 0.02, 0.04, 9.0)] == [16, 64, 256, 1024]


def test_answers_are_expected_as_long_as_the_node_gave_before() -> None:
    book = LengthBook()
    unknown = book.expect("n", 4096)
    for _ in range(20):
        book.learn("n", 32)
    book.learn("n", 900)

    assert (unknown, book.expect("n", 4096), book.expect("n", 16)) == (256, 32, 16)
    assert book.expect("other", 4096) < unknown  # what all nodes gave has its say


def test_drafts_are_what_followed_the_same_words_last_time() -> None:
    said = [1, 2, 3, 4, 5, 9, 1, 2, 3]

    assert ngram_drafts(said, 3) == (4, 5, 9)
    assert ngram_drafts(said, 1) == (4,)
    assert ngram_drafts([1, 2, 3], 4) == ()
    assert ngram_drafts([7, 7, 7, 7], 9) == (7,)


def waiting(name: str, *, rank: float, gang: str = "", expected: int = 1) -> Sequence:
    params = SamplingParams(hints=Hints(run_id="r", gang=gang))
    return Sequence(
        request_id=name, tokens=[1], n_prompt=1, params=params, seed=0, stop_ids=frozenset(), max_len=2,
        table=BlockTable(PagePool(1, 1)), rank=rank, expected=expected,
    )  # fmt: skip


def test_siblings_wait_together_and_the_longest_goes_first() -> None:
    queue = WaitingQueue()
    for sequence in (
        waiting("early", rank=1),
        waiting("short", rank=2, gang="g", expected=5),
        waiting("between", rank=3),
        waiting("long", rank=4, gang="g", expected=50),
    ):
        queue.add(sequence)

    assert [each.request_id for each in queue] == ["early", "long", "short", "between"]
    for each in list(queue):
        queue.remove(each)
    assert (len(queue), list(queue)) == (0, [])


@given(
    st.sampled_from(["interactive", "batch", "idle"]),
    *[st.floats(0, 1e7)] * 3,
    st.floats(0, 1e3),
)
def test_nobody_is_served_later_for_naming_a_deadline(
    service: Service, deadline_ms: float, remaining_ms: float, run_age_ms: float, own_s: float
) -> None:
    hints = Hints(service=service, remaining_ms=remaining_ms, run_age_ms=run_age_ms)
    without = rank(hints, 100.0, own_s, Order())

    assert rank(replace(hints, deadline_ms=deadline_ms), 100.0, own_s, Order()) <= without
    sooner = rank(replace(hints, deadline_ms=deadline_ms / 2), 100.0, own_s, Order())
    assert sooner <= rank(replace(hints, deadline_ms=deadline_ms), 100.0, own_s, Order())


def test_ranks() -> None:
    order = Order()

    def of(**hints: object) -> float:
        return rank(Hints(**hints), 100.0, 0.5, order)  # type: ignore[arg-type]

    assert of() == 102.0
    assert of(service="batch") == 160.0
    assert of(remaining_ms=1500) == 100.5  # what follows makes it more urgent
    assert of(run_age_ms=30_000) == 72.0  # an old run goes before new ones
    assert of(deadline_ms=1500) == 101.0  # 0.5 s before it, for the request itself
    assert of(deadline_ms=4000, remaining_ms=1000) == of(remaining_ms=1000) == 101.0  # what it would get without
    assert of(deadline_ms=30_000, service="batch", remaining_ms=1000) == 128.5
    assert of(deadline_ms=0, run_age_ms=30_000) == 72.0
    assert rank(Hints(remaining_ms=1500, run_age_ms=9), 100.0, 0.5, Order(critical_path=False, run_age=False)) == 102.0


def test_answers_cut_off_short_teach_nothing_of_lengths() -> None:
    """Each place of a choice is a request for one token."""
    engine, _ = make()
    for at in range(60):
        engine.add(str(at), [at % 9 + 1], SamplingParams(max_tokens=1, ignore_eos=True))
    while engine.has_work:
        engine.step()

    assert engine._scheduler._lengths.expect("", 4096) == LengthBook().expect("", 4096)
