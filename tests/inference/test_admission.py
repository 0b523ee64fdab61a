"""Who is let in: backlog, tenants' buckets, deadlines, with a clock that only moves when told; and what clients see."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import Any

import pytest

from inference.config import ServerConfig
from inference.errors import BadRequest, DeadlineMissed, InferenceError, Overloaded
from inference.request import Piece
from inference.server.admission import Admission, Backlog, Size
from tests.inference.scripted import MODEL, ScriptedModel, speaking


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def admitted(admission: Admission, n_chars: int, *, queue: str = MODEL, **more: Any) -> Any:
    size = Size(n_chars, n_chars)
    given: dict[str, Any] = {"size": size, "max_model_len": 10_000, "tenant": "", "deadline_ms": None, **more}
    return admission.admitted(queue, **given)


def refusal(admission: Admission, n_chars: int, **more: Any) -> InferenceError | None:
    try:
        with admitted(admission, n_chars, **more):
            return None
    except InferenceError as error:
        return error


def learnt(clock: Clock, config: ServerConfig) -> Admission:
    """An admission that saw 100 tokens of 4 characters wait one second."""
    admission = Admission(config, clock=clock)
    with admitted(admission, 400) as ticket:
        ticket.measured(100)
        clock.now += 1
        ticket.begun()
    return admission


def test_a_backlog_is_measured_in_seconds() -> None:
    clock = Clock()
    admission = learnt(clock, ServerConfig(target_wait_s=5))

    with ExitStack() as stack:
        # alone, even a prompt that takes longer than allowed comes in
        ticket = stack.enter_context(admitted(admission, 4000))
        ticket.measured(1000)
        refused = refusal(admission, 400)
        ticket.begun()
        after = refusal(admission, 400)

    assert isinstance(refused, Overloaded)
    assert (refused.code, refused.retry_after_s) == ("backlog_full", 6)
    assert refused.message == "About 11 s of prompts wait already; 5 s are allowed."
    assert after is None


def test_short_waits_say_little_of_the_rate() -> None:
    """A hundred prompts found computed in no time, after one that took its second."""
    backlog = Backlog()

    backlog.learn_rate(1000, 1.0)
    alone = backlog.wait_s(1000)
    for _ in range(3):
        backlog.learn_rate(10, 0.0001)
    after = backlog.wait_s(1000)
    for _ in range(100):
        backlog.learn_rate(10, 0.01)

    assert alone == 1.0
    assert after == pytest.approx(0.955, abs=0.001)  # by a mean of rates it would be 0.02
    assert backlog.wait_s(1000) == pytest.approx(1.0, abs=0.001)


def test_a_text_shorter_than_its_template_says_nothing_of_a_long_one() -> None:
    backlog = Backlog()

    for _ in range(30):
        backlog.learn_size(2, 30)
    short = backlog.expected(Size(8000, 8000))
    for _ in range(30):
        backlog.learn_size(600, 300)

    assert short == 2000
    assert backlog.expected(Size(8000, 8000)) == pytest.approx(4000, abs=10)


def test_nothing_of_a_request_that_left_goes_on_waiting() -> None:
    """Not even what sums of fractions leave: where nothing waits, a long prompt is tried."""
    clock = Clock()
    admission = Admission(ServerConfig(target_wait_s=5), clock=clock)
    for n_chars in range(301, 400):
        with admitted(admission, n_chars) as first, admitted(admission, n_chars + 7) as second:
            second.measured(n_chars // 3)
            clock.now += 1
            second.begun()
            first.measured(n_chars // 5)
            first.begun()

    assert refusal(admission, 400_000, max_model_len=1_000_000) is None


def test_token_ids_are_counted_and_teach_nothing_of_characters() -> None:
    admission = learnt(Clock(), ServerConfig(target_wait_s=5))

    with admitted(admission, 0, size=Size.of([[1] * 300, [2] * 200, "x" * 400])) as ticket:
        before = refusal(admission, 400)
        ticket.measured(600)
        text = refusal(admission, 4 * 400)
    with admitted(admission, 0, size=Size.of([[1] * 300])) as ticket:
        ticket.measured(300)
        ids = refusal(admission, 4 * 300)

    assert Size.of([[1], "ab", "abc"]) == Size(5, 3, 1)
    assert isinstance(before, Overloaded)
    assert before.message == "About 7 s of prompts wait already; 5 s are allowed."
    assert isinstance(text, Overloaded)
    assert text.message == "About 10 s of prompts wait already; 5 s are allowed."
    assert isinstance(ids, Overloaded)
    assert ids.message == "About 6 s of prompts wait already; 5 s are allowed."


def test_models_wait_for_those_of_their_own_queue() -> None:
    admission = learnt(Clock(), ServerConfig(target_wait_s=5))

    with admitted(admission, 4000):
        other = refusal(admission, 4000, queue="another")
        same = refusal(admission, 4000)

    assert other is None
    assert isinstance(same, Overloaded)


async def test_more_answers_than_can_ever_wait_are_not_asked_to_come_again() -> None:
    model = ScriptedModel(Piece("a", 1, "stop"))
    async with speaking(model) as (_, http):
        fits = await http.post("/v1/completions", json={"model": MODEL, "prompt": ["x"] * 4, "n": 10})
        asked = len(model.asked)
        many = await http.post("/v1/completions", json={"model": MODEL, "prompt": ["x"] * 4, "n": 11})

    assert fits.status_code == 200
    assert (many.status_code, many.json()["error"]) == (
        400,
        {
            "message": "The request asks for 44 answers; scripted lets 40 wait. "
            "Send fewer prompts at a time, or a lower n.",
            "type": "invalid_request_error",
            "param": "n",
            "code": "too_many_answers",
        },
    )
    assert len(model.asked) == asked


def test_what_leaves_unanswered_waits_no_more() -> None:
    admission = learnt(Clock(), ServerConfig(target_wait_s=5))

    with admitted(admission, 4000):
        assert refusal(admission, 4000) is not None
    with admitted(admission, 400):
        assert refusal(admission, 400) is None


def test_a_deadline_that_cannot_be_met_is_refused_at_once() -> None:
    admission = learnt(Clock(), ServerConfig())

    # alone, what was learnt from shorter prompts keeps none out
    alone = refusal(admission, 4000, deadline_ms=9_000)
    with admitted(admission, 400):
        late = refusal(admission, 3600, deadline_ms=9_000)
        met = refusal(admission, 3600, deadline_ms=11_000)

    assert isinstance(late, DeadlineMissed)
    assert late.message == "The answer would begin in about 10000 ms, after its deadline of 9000 ms."
    assert (alone, met) == (None, None)


def test_a_tenant_spends_its_own_tokens() -> None:
    clock = Clock()
    admission = Admission(ServerConfig(tenant_tokens_per_s=10, tenant_burst_tokens=100), clock=clock)

    # larger than the bucket: passes while that is full
    first = refusal(admission, 8000, tenant="a")
    second = refusal(admission, 200, tenant="a")
    other = refusal(admission, 200, tenant="b")
    clock.now += 5
    later = refusal(admission, 200, tenant="a")

    assert (first, other, later) == (None, None, None)
    assert isinstance(second, Overloaded)
    assert (second.code, second.retry_after_s) == ("tenant_rate", 5)


def test_a_prompt_that_cannot_fit_is_not_tokenized() -> None:
    admission = Admission(ServerConfig())
    refused = refusal(admission, 64 * 128 + 1, max_model_len=64)
    several = refusal(admission, 0, size=Size.of(["x" * 64 * 128] * 3), max_model_len=64)

    assert several is None
    assert isinstance(refused, BadRequest)
    assert refused.message == "The prompt has 8193 characters; this model's context holds 64 tokens."


async def test_refusals_have_their_status_and_are_counted() -> None:
    model = ScriptedModel(Piece("a", 1), Piece("", 0, "stop"))
    model.gate.clear()
    config = ServerConfig(max_in_flight=1)
    body = {"model": MODEL, "prompt": "x"}
    async with speaking(model, config) as (_, http):
        first = asyncio.create_task(http.post("/v1/completions", json=body))
        await model.begun.wait()
        full = await http.post("/v1/completions", json=body)
        model.gate.set()
        answered = await first
        wrong = await http.post("/v1/completions", json=body, headers={"X-Request-Deadline-Ms": "soon"})
        counted = (await http.get("/metrics")).text

    assert (full.status_code, full.headers["retry-after"]) == (429, "1")
    assert answered.json()["choices"][0]["text"] == "a"
    assert wrong.json()["error"]["message"] == (
        "X-Request-Deadline-Ms is 'soon'; a number of milliseconds above 0 is expected."
    )
    assert 'weft_rejects_total{reason="too_many_requests"} 1.0' in counted


@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_given_up_in_the_queue_is_a_504(stream: bool) -> None:
    async with speaking(ScriptedModel(Piece("", 0, "abort"))) as (_, http):
        late = await http.post("/v1/completions", json={"model": MODEL, "prompt": "x", "stream": stream})

    assert (late.status_code, late.json()["error"]["code"]) == (504, "deadline_missed")


async def test_an_answer_under_way_is_ended_at_its_deadline_only_when_asked() -> None:
    model = ScriptedModel(Piece("a", 1), Piece("", 0, "stop"))
    model.gate.clear()
    body = {"model": MODEL, "prompt": "x", "workflow": {"abort_late": True}}
    async with speaking(model) as (_, http):
        late = await http.post("/v1/completions", json=body, headers={"X-Request-Deadline-Ms": "5"})

    assert (late.status_code, late.json()["error"]["code"]) == (504, "deadline_missed")
    assert model.n_open == 0
