"""The engine under any order of requests, steps and aborts: pages have their owners, limits hold, everybody ends."""

from __future__ import annotations

from collections import Counter
from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from inference.cache.pages import PagePool
from inference.config import EngineConfig
from inference.engine import Engine
from inference.request import Hints, SamplingParams
from tests.inference.fake import EOS, PAGE_SIZE, FakeRunner, alone, hints, make, prompts

WARM = [3, 1, 4, 1, 5, 9, 2, 6]


class Traffic(RuleBasedStateMachine):
    """What a request gets is compared with what it gets alone, so no batching, chunking, preemption, guess, kept page
    or step ahead may show.
    """

    engine: Engine
    pool: PagePool

    @initialize(
        n_pages=st.integers(10, 20),
        rows=st.integers(1, 5),
        budget=st.integers(5, 30),
        run_ahead=st.integers(0, 4),
        drafts=st.integers(0, 3),
    )
    def start(self, n_pages: int, rows: int, budget: int, run_ahead: int, drafts: int) -> None:
        self.engine, self.pool = make(
            n_pages=n_pages, max_rows=rows, token_budget=budget, run_ahead=run_ahead, max_drafts=drafts
        )
        self.names = count()
        self.prompts: dict[str, list[int]] = {}
        self.want: dict[str, list[int]] = {}
        self.got: dict[str, list[int | None]] = {}
        self.live: list[str] = []

    @rule(
        prompt=prompts,
        max_tokens=st.integers(1, 15),
        given_hints=hints,
        salt=st.sampled_from(["", "a"]),
        deterministic=st.sampled_from([False] * 5 + [True]),
    )
    def ask(self, prompt: list[int], max_tokens: int, given_hints: Hints, salt: str, deterministic: bool) -> None:
        params = SamplingParams(max_tokens=max_tokens, hints=given_hints, salt=salt, deterministic=deterministic)
        self._ask(prompt, params)

    @precondition(lambda self: self.got)
    @rule(which=st.integers(0, 99), more=st.lists(st.integers(1, 3), max_size=2), n_foreseen=st.integers(0, 3))
    def go_on(self, which: int, more: list[int], n_foreseen: int) -> None:
        """With what another one has been asked and has said, and perhaps is about to say: its pages are shared."""
        name = str(which % len(self.got))
        said = self.want[name][: len(self.got[name]) + n_foreseen]
        prompt = [*self.prompts[name], *said, *more]
        if len(prompt) < self.engine.max_model_len:
            self._ask(prompt, SamplingParams(max_tokens=1))

    @rule(n_steps=st.integers(1, 6))
    def step(self, n_steps: int) -> None:
        for _ in range(n_steps):
            self._step()

    @precondition(lambda self: self.live)
    @rule(which=st.integers(0, 99))
    def abort(self, which: int) -> None:
        name = self.live.pop(which % len(self.live))
        (sequence,) = (each for each in self.engine._scheduler._everything() if each.request_id == name)
        self.engine.abort(name)
        assert sequence.table.pages == []

    @rule(name=st.sampled_from("pq"), ttl_s=st.sampled_from([1, 500]))
    def warm(self, name: str, ttl_s: float) -> None:
        self.engine.warm(name, WARM, ttl_s=ttl_s)

    @rule(name=st.sampled_from("pq"))
    def cool(self, name: str) -> None:
        self.engine.cool(name)

    @rule()
    def abort_all(self) -> None:
        self.engine.abort_all()
        self.live.clear()
        assert self.pool.n_available + self.engine.load.pinned_pages == self.pool.n_pages

    @invariant()
    def every_page_is_somewhere(self) -> None:
        self.pool.check()

    @invariant()
    def holders_are_owners(self) -> None:
        everybody = self.engine._scheduler._everything()
        tables = [each.table for each in everybody] + [pin.table for pin in self.engine._pins._pins.values()]
        owners = Counter(page for table in tables for page in table.pages)
        assert self.pool._holders == [owners[page] for page in range(self.pool.n_pages + 1)]

    @invariant()
    def a_page_that_is_written_has_one_owner(self) -> None:
        for sequence in self.engine._scheduler._everything():
            for page in sequence.table.pages[sequence.n_done // PAGE_SIZE :]:
                assert self.pool._holders[page] == 1

    @invariant()
    def nobody_got_what_is_another_s(self) -> None:
        for name, got in self.got.items():
            assert got == self.want[name][: len(got)]

    def teardown(self) -> None:
        """Everybody ends, with all they should get, and leaves no page behind."""
        if not hasattr(self, "live"):
            return
        n_steps = 0
        while self.engine.has_work:
            self._step()
            n_steps += 1
            assert n_steps < 3000, "the engine makes no progress"
        assert self.live == []
        assert self.pool.n_available + self.engine.load.pinned_pages == self.pool.n_pages

    def _ask(self, prompt: list[int], params: SamplingParams) -> None:
        name = str(next(self.names))
        self.engine.add(name, prompt, params)
        self.prompts[name], self.got[name] = prompt, []
        self.want[name] = alone(prompt, params.max_tokens or 1, self.engine.max_model_len)
        self.live.append(name)

    def _step(self) -> None:
        for output in self.engine.step():
            assert output.request_id in self.live
            self.got[output.request_id].append(output.token)
            if output.finish_reason is not None:
                assert self.got[output.request_id] == self.want[output.request_id]
                self.live.remove(output.request_id)


Traffic.TestCase.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
test_traffic = Traffic.TestCase


@settings(max_examples=60, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 14), min_size=2, max_size=10),
    deadlines=st.booleans(),
    n_pages=st.integers(10, 20),
    rows=st.integers(1, 5),
    budget=st.integers(5, 30),
    run_ahead=st.integers(0, 2),
)
def test_who_has_as_much_time_goes_in_the_order_of_arrival(
    lengths: list[int], deadlines: bool, n_pages: int, rows: int, budget: int, run_ahead: int
) -> None:
    """With deadlines that are the same moment for all, later ones having less time; or with none, in one class."""
    now = 0.0
    runner = FakeRunner(budget, rows)
    config = EngineConfig(page_size=PAGE_SIZE, max_rows=rows, token_budget=budget, run_ahead=run_ahead)
    engine = Engine(
        runner, PagePool(n_pages, PAGE_SIZE), config, max_model_len=40, eos_ids=frozenset({EOS}), clock=lambda: now
    )
    for at, length in enumerate(lengths):
        now = float(at)
        left_ms = (500 - at) * 1000 if deadlines else None
        # answers of one length: whoever takes longer would have to begin earlier
        params = SamplingParams(max_tokens=4, hints=Hints(deadline_ms=left_ms))
        engine.add(str(at), [at + 1] * (5 if deadlines else length), params)
    while engine.has_work:
        engine.step()

    begun: dict[str, Any] = {}
    for plan in runner.plans:
        for chunk in plan.chunks:
            begun.setdefault(chunk.sequence.request_id, plan.step)
    assert list(begun) == [str(at) for at in range(len(lengths))]
