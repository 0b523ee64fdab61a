"""An engine over a fake runner whose next token is a hash of the whole history: any corruption of order or state
shows.
"""

from __future__ import annotations

import zlib
from collections import deque
from dataclasses import dataclass, field
from itertools import count

from hypothesis import strategies as st

from inference.cache.pages import PagePool
from inference.config import EngineConfig
from inference.engine import Engine
from inference.request import Hints
from inference.sequence import Plan

EOS = 0
PAGE_SIZE = 4


def next_token(history: list[int]) -> int:
    return zlib.crc32(bytes(history)) % 17


@dataclass
class Step:
    """Computed when its outcome is asked for: as late as a device might."""

    runner: FakeRunner
    plan: Plan
    claims: dict[int, tuple[int, int]]
    """Pages that it writes to, and for whom."""
    seconds: float | None = None
    scores: None = None

    def tokens(self) -> list[list[int]]:
        assert self.runner.under_way.popleft() is self
        return self.runner.compute(self.plan)


@dataclass
class FakeRunner:
    """Remembers what each page holds, and answers only from there: a page shared or dropped too early gives a
    wrong token. Knows by itself, as a device does, the tokens that it has sampled. Refuses plans beyond its limits, and
    those that write to a page while a step under way may still write to it for somebody else.
    """

    token_budget: int
    max_rows: int
    memory: dict[tuple[int, int], int] = field(default_factory=dict)
    sampled: dict[tuple[int, int], dict[int, int]] = field(default_factory=dict)
    under_way: deque[Step] = field(default_factory=deque)
    plans: list[Plan] = field(default_factory=list)
    n_resets: int = 0
    arguments: dict[int, list[tuple[list[int], list[int]]]] = field(default_factory=dict)

    def launch(self, plan: Plan) -> Step:
        assert sum(chunk.n_tokens + len(chunk.drafts) for chunk in plan.chunks) <= self.token_budget
        assert len({chunk.sequence for chunk in plan.chunks}) == len(plan.chunks) <= self.max_rows
        claims = claimed(plan)
        for step in self.under_way:
            assert all(step.claims.get(page, owner) == owner for page, owner in claims.items())
        self.plans.append(plan)
        # what the plan refers to may be changed before it is computed, as a launch's own arguments may not
        self.under_way.append(Step(self, plan, claims))
        self.arguments[plan.step] = [
            (list(chunk.sequence.tokens), list(chunk.sequence.table.pages)) for chunk in plan.chunks
        ]
        return self.under_way[-1]

    def reset(self) -> None:
        assert not self.under_way
        self.n_resets += 1

    def close(self) -> None:
        assert not self.under_way

    def compute(self, plan: Plan) -> list[list[int]]:
        results = []
        for source, target in plan.copies:
            held = {at: self.memory[source, at] for at in range(PAGE_SIZE) if (source, at) in self.memory}
            self.memory.update({(target, at): token for at, token in held.items()})
        for chunk, (tokens, pages) in zip(plan.chunks, self.arguments.pop(plan.step), strict=True):
            own = self.sampled.setdefault((id(chunk.sequence), chunk.epoch), {})
            end = chunk.start + chunk.n_tokens
            given = [tokens[at] if at < len(tokens) else own[at] for at in range(chunk.start, end)]
            for at, token in enumerate([*given, *chunk.drafts], chunk.start):
                self.memory[pages[at // PAGE_SIZE], at % PAGE_SIZE] = token
            if chunk.samples:
                results.append([])
                for at in range(end, end + len(chunk.drafts) + 1):
                    read = [self.memory[pages[i // PAGE_SIZE], i % PAGE_SIZE] for i in range(at)]
                    results[-1].append(next_token(read))
                    if at - end < len(chunk.drafts) and results[-1][-1] != chunk.drafts[at - end]:
                        break
                own.update(enumerate(results[-1], end))
        return results


def claimed(plan: Plan) -> dict[int, tuple[int, int]]:
    claims: dict[int, tuple[int, int]] = {}
    for chunk in plan.chunks:
        end = chunk.start + chunk.n_tokens + len(chunk.drafts)
        for page in chunk.sequence.table.pages[chunk.start // PAGE_SIZE : -(-end // PAGE_SIZE)]:
            assert claims.setdefault(page, (id(chunk.sequence), chunk.epoch)) == (id(chunk.sequence), chunk.epoch)
    return claims


def alone(prompt: list[int], max_tokens: int, max_model_len: int) -> list[int]:
    """What a request must get, whatever shares the engine with it."""
    tokens = list(prompt)
    while len(tokens) < min(len(prompt) + max_tokens, max_model_len):
        tokens.append(next_token(tokens))
        if tokens[-1] == EOS:
            break
    return tokens[len(prompt) :]


def make(
    *,
    n_pages: int = 16,
    max_rows: int = 4,
    token_budget: int = 8,
    max_waiting: int = 99,
    run_ahead: int = 0,
    max_drafts: int = 0,
) -> tuple[Engine, PagePool]:
    pool = PagePool(n_pages, PAGE_SIZE)
    config = EngineConfig(
        page_size=PAGE_SIZE,
        max_rows=max_rows,
        token_budget=token_budget,
        max_waiting=max_waiting,
        run_ahead=run_ahead,
        max_drafts=max_drafts,
        pinned_share=0.25,
    )
    ticks = count()
    runner = FakeRunner(token_budget, max_rows)
    return (
        Engine(runner, pool, config, max_model_len=40, eos_ids=frozenset({EOS}), clock=lambda: float(next(ticks))),
        pool,
    )


# prompts begin alike often, so that pages are shared
prompts = st.tuples(
    st.sampled_from([[], [3, 1, 4, 1, 5, 9, 2, 6], [3, 1, 4, 1, 5, 8, 7, 7, 5, 4, 2, 1]]),
    st.lists(st.integers(1, 3), min_size=1, max_size=9),
).map(lambda parts: parts[0] + parts[1])
hints = st.builds(
    Hints,
    run_id=st.sampled_from(["", "r"]),
    node_key=st.sampled_from(["", "n"]),
    service=st.sampled_from(["interactive", "batch", "idle"]),
    deadline_ms=st.none() | st.integers(0, 9000),
    remaining_ms=st.integers(0, 9000),
    gang=st.sampled_from(["", "g"]),
    hold_ms=st.sampled_from([0, 5000]),
)
