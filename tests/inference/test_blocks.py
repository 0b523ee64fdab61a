"""The page pool under random use: no page is lost, shared or handed back twice."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from inference.blocks import BlockTable, PagePool
from inference.errors import OutOfPages

N_PAGES, PAGE_SIZE, N_TABLES = 13, 4, 5


class Pages(RuleBasedStateMachine):
    """Tables grow and release at random, beside a model that only counts."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = PagePool(N_PAGES, PAGE_SIZE)
        self.tables = [BlockTable(self.pool) for _ in range(N_TABLES)]
        self.lengths = [0] * N_TABLES

    @rule(which=st.integers(0, N_TABLES - 1), n_tokens=st.integers(0, N_PAGES * PAGE_SIZE + 3))
    def grow(self, which: int, n_tokens: int) -> None:
        before = list(self.tables[which].pages)
        missing = -(-n_tokens // PAGE_SIZE) - len(before)
        if missing > self.pool.n_free:
            with pytest.raises(OutOfPages):
                self.tables[which].grow_to(n_tokens)
            assert self.tables[which].pages == before
        else:
            self.tables[which].grow_to(n_tokens)
            self.lengths[which] = max(self.lengths[which], n_tokens)
            assert self.tables[which].pages[: len(before)] == before

    @rule(which=st.integers(0, N_TABLES - 1))
    def release(self, which: int) -> None:
        self.tables[which].release()
        self.lengths[which] = 0

    @invariant()
    def books_balance(self) -> None:
        self.pool.check()
        held = [page for table in self.tables for page in table.pages]
        assert len(held) == len(set(held)) == N_PAGES - self.pool.n_free
        assert [len(table.pages) for table in self.tables] == [-(-length // PAGE_SIZE) for length in self.lengths]


Pages.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
test_pages_under_random_use = Pages.TestCase


def test_a_page_handed_back_twice_is_refused() -> None:
    pool = PagePool(2, PAGE_SIZE)
    pages = pool.take(1)
    pool.give_back(pages)

    with pytest.raises(ValueError, match="given back but not held"):
        pool.give_back(pages)
    pool.check()
