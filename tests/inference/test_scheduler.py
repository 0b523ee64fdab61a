"""The engine over a fake runner whose next token is a hash of the whole history: any corruption of order or state
shows.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.blocks import PagePool
from inference.config import EngineConfig
from inference.engine import Engine
from inference.errors import BadRequest, Overloaded
from inference.request import SamplingParams
from inference.sequence import Output, Plan

EOS = 0
PAGE_SIZE = 4


def next_token(history: list[int]) -> int:
    return zlib.crc32(bytes(history)) % 17


@dataclass
class FakeRunner:
    """Remembers what each page holds, and answers only from there: a page shared or dropped too early gives a
    wrong token.
    """

    token_budget: int
    memory: dict[tuple[int, int], int] = field(default_factory=dict)

    def launch(self, plan: Plan) -> list[int]:
        assert sum(chunk.n_tokens for chunk in plan.chunks) <= self.token_budget
        sampled = []
        for chunk in plan.chunks:
            end = chunk.start + chunk.n_tokens
            pages = chunk.sequence.table.pages
            for at in range(chunk.start, end):
                self.memory[pages[at // PAGE_SIZE], at % PAGE_SIZE] = chunk.sequence.tokens[at]
            if chunk.samples:
                sampled.append(next_token([self.memory[pages[at // PAGE_SIZE], at % PAGE_SIZE] for at in range(end)]))
        return sampled


def alone(prompt: list[int], max_tokens: int, max_model_len: int) -> list[int]:
    """What a request must get, whatever shares the engine with it."""
    tokens = list(prompt)
    while len(tokens) < min(len(prompt) + max_tokens, max_model_len):
        tokens.append(next_token(tokens))
        if tokens[-1] == EOS:
            break
    return tokens[len(prompt) :]


def make(
    *, n_pages: int = 16, max_rows: int = 4, token_budget: int = 8, max_waiting: int = 99
) -> tuple[Engine, PagePool]:
    pool = PagePool(n_pages, PAGE_SIZE)
    config = EngineConfig(page_size=PAGE_SIZE, max_rows=max_rows, token_budget=token_budget, max_waiting=max_waiting)
    runner = FakeRunner(token_budget)
    return Engine(runner, pool, config, max_model_len=40, eos_ids=frozenset({EOS})), pool


requests = st.lists(
    st.tuples(st.lists(st.integers(1, 16), min_size=1, max_size=20), st.integers(1, 15)), min_size=1, max_size=9
)


@settings(max_examples=120, deadline=None)
@given(
    requests,
    st.integers(10, 20),
    st.integers(1, 5),
    st.integers(5, 30),
    st.sets(st.tuples(st.integers(0, 30), st.integers(0, 8))),
)
def test_every_request_gets_its_own_tokens(
    asked: list[tuple[list[int], int]], n_pages: int, rows: int, budget: int, aborts: set[tuple[int, int]]
) -> None:
    engine, pool = make(n_pages=n_pages, max_rows=rows, token_budget=budget)
    for at, (prompt, max_tokens) in enumerate(asked):
        engine.add(str(at), prompt, SamplingParams(max_tokens=max_tokens))
    got: list[list[int]] = [[] for _ in asked]
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
        steps += 1
        assert steps < 2000, "the engine makes no progress"

    assert pool.n_free == n_pages
    for at, (prompt, max_tokens) in enumerate(asked):
        want = alone(prompt, max_tokens, engine.max_model_len)
        assert got[at] == (want[: len(got[at])] if at in aborted else want)


def test_decoding_goes_on_while_a_long_prompt_is_read_in_chunks() -> None:
    engine, _ = make(token_budget=4)
    engine.add("short", [1], SamplingParams(max_tokens=30, ignore_eos=True))
    engine.step()
    engine.add("long", [2] * 12, SamplingParams(max_tokens=1))

    got = [[output.request_id for output in engine.step()] for _ in range(4)]

    assert got == [["short"], ["short"], ["short"], ["short", "long"]]


def test_a_request_that_cannot_fit_is_refused_and_holds_nothing() -> None:
    engine, pool = make()

    with pytest.raises(BadRequest) as refused:
        engine.add("a", [1] * 30, SamplingParams(max_tokens=11))

    assert refused.value.code == "context_length_exceeded"
    assert refused.value.message == "The prompt has 30 tokens and asks for 11 more; this model's context holds 40."
    assert (engine.has_work, pool.n_free) == (False, 16)


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
    assert pool.n_free == 16
