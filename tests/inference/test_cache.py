"""The books of the KV cache under random use: no page is lost, shared by mistake or handed back twice."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from inference.cache.pages import PagePool
from inference.cache.pins import PinnedPrefixes
from inference.cache.prefix import PrefixChain, prefix_key
from inference.cache.table import BlockTable
from inference.errors import OutOfPages

N_PAGES, PAGE_SIZE, N_TABLES = 13, 4, 5
KEY = prefix_key(model="m")


class Pages(RuleBasedStateMachine):
    """Tables match, grow, publish and release at random, each over a text of its own that begins like others'."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = PagePool(N_PAGES, PAGE_SIZE)
        self.tables = [BlockTable(self.pool, KEY) for _ in range(N_TABLES)]
        self.texts: list[list[int]] = [[] for _ in range(N_TABLES)]
        self.step = 0

    @rule(which=st.integers(0, N_TABLES - 1), text=st.lists(st.integers(0, 1), min_size=1, max_size=20))
    def begin(self, which: int, text: list[int]) -> None:
        table = self.tables[which]
        if table.pages:
            return
        available = self.pool.n_available
        table = self.tables[which] = BlockTable(self.pool, KEY)
        self.texts[which] = text
        known = table.known(text)
        idle = sum(not self.pool.is_held(page) for page in known)
        assert table.match(text) == len(known) * PAGE_SIZE <= len(text) - 1
        missing = self.pool.pages_for(len(text)) - len(known)
        if missing > available - idle:
            with pytest.raises(OutOfPages):
                table.grow_to(len(text))
            assert table.pages == known
        else:
            table.grow_to(len(text))
            assert len(table.pages) == self.pool.pages_for(len(text))

    @rule(which=st.integers(0, N_TABLES - 1), share=st.floats(0, 1))
    def publish(self, which: int, share: float) -> None:
        table, text = self.tables[which], self.texts[which]
        n_computed = min(len(table.pages) * PAGE_SIZE, round(share * len(text)))
        table.publish(text, n_computed)

    @rule(
        which=st.integers(0, N_TABLES - 1),
        keep=st.sampled_from(["dead", "lru", "predicted"]),
        at=st.floats(0, 9),
        ahead=st.booleans(),
    )
    def release(self, which: int, keep: str, at: float, ahead: bool) -> None:
        self.tables[which].release(keep, expected_at=at, step=self.step if ahead else None)  # type: ignore[arg-type]

    @rule()
    def next_step(self) -> None:
        self.pool.step_done(self.step)
        self.step += 1

    @invariant()
    def books_balance(self) -> None:
        self.pool.check()
        held = {page for table in self.tables for page in table.pages}
        assert 0 not in held
        assert all(self.pool.is_held(page) for page in held)


Pages.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
test_pages_under_random_use = Pages.TestCase


def filled(pool: PagePool, tokens: list[int], key: bytes = KEY) -> BlockTable:
    table = BlockTable(pool, key)
    table.match(tokens)
    table.grow_to(len(tokens))
    table.publish(tokens, len(tokens))
    return table


def test_a_page_handed_back_twice_is_refused() -> None:
    pool = PagePool(2, PAGE_SIZE)
    pages = pool.take(1)
    pool.give_back(pages)

    with pytest.raises(ValueError, match="given back but not held"):
        pool.give_back(pages)
    pool.check()


def test_the_beginning_of_a_text_is_found_by_its_own_tenant_only() -> None:
    pool = PagePool(8, PAGE_SIZE)
    text = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    first = filled(pool, text)

    same, other = BlockTable(pool, KEY), BlockTable(pool, prefix_key(model="m", salt="other"))
    assert [same.match(text), other.match(text)] == [8, 0]
    assert same.pages == first.pages[:2]
    # the last token is computed again even where its page is full: its logits are wanted
    assert BlockTable(pool, KEY).match(text[:8]) == 4


def test_digests_tell_every_part_of_the_key_apart() -> None:
    keys = {
        prefix_key(model="a", adapter="bc"),
        prefix_key(model="ab", adapter="c"),
        prefix_key(model="a", adapter="b", salt="c"),
    }
    chains = [PrefixChain(key, 2).extend([1, 2, 3, 4, 5]) for key in keys]

    assert len({digest for chain in chains for digest in chain}) == 6


def test_pages_go_dead_first_then_the_oldest_then_those_wanted_last() -> None:
    pool = PagePool(8, PAGE_SIZE)
    texts = {name: [ord(name)] * 4 + [0] for name in "abcd"}
    tables = {name: filled(pool, text) for name, text in texts.items()}
    tables["a"].release("predicted", expected_at=5)
    tables["b"].release("predicted", expected_at=9)
    tables["c"].release()
    tables["d"].release("dead")

    def kept() -> str:
        return "".join(name for name, text in texts.items() if BlockTable(pool, KEY).known(text))

    seen = [kept()]
    pool.take(pool.n_free)
    for _ in range(4):
        pool.take(1)
        seen.append(kept())
    assert seen == ["abcd", "abc", "ab", "a", ""]


def test_a_page_that_is_overdue_is_kept_no_longer_than_others() -> None:
    pool = PagePool(2, PAGE_SIZE)
    texts = {name: [ord(name)] * 5 for name in "ab"}
    tables = {name: filled(pool, text[:4]) for name, text in texts.items()}
    tables["a"].release("predicted", expected_at=5)
    pool.lapse(6)
    tables["b"].release()

    pool.take(1)

    pool.check()
    assert [BlockTable(pool, KEY).known(text) != [] for text in texts.values()] == [False, True]


def test_the_end_of_a_text_goes_before_its_beginning() -> None:
    pool = PagePool(3, PAGE_SIZE)
    text = list(range(12))
    filled(pool, text).release()

    pool.take(1)

    assert BlockTable(pool, KEY).match([*text, 99]) == 8


def test_a_page_that_a_step_may_still_write_is_not_handed_out() -> None:
    pool = PagePool(2, PAGE_SIZE)
    table = BlockTable(pool, KEY)
    table.grow_to(8)
    table.release(step=7)

    assert pool.n_available == 0
    pool.step_done(6)
    assert pool.n_available == 0
    pool.step_done(7)
    assert pool.n_available == 2


def test_pins_hold_their_pages_within_a_budget_and_a_time() -> None:
    now = 0.0
    pool = PagePool(8, PAGE_SIZE)
    pins = PinnedPrefixes(pool, 3, lambda: now)
    first, second = [1] * 8, [2] * 8
    for text in (first, second):
        filled(pool, text).release()

    assert pins.hold("first", first, KEY, salt="t", ttl_s=10) == 8
    assert (pins.n_pages, pool.n_available) == (2, 6)
    # two prefixes are too many: the older goes, but stays findable
    assert pins.hold("second", second, KEY, salt="t", ttl_s=10) == 8
    assert (pins.n_pages, BlockTable(pool, KEY).match([*first, 0])) == (2, 8)

    now = 10.0
    pins.expire()
    assert (pins.n_pages, pins.make_room()) == (0, False)


def test_a_prefix_that_is_larger_than_the_budget_is_not_pinned() -> None:
    pool = PagePool(8, PAGE_SIZE)
    filled(pool, [1] * 8).release()
    pins = PinnedPrefixes(pool, 1, lambda: 0.0)

    assert pins.hold("big", [1] * 8, KEY, salt="", ttl_s=10) == 0
    assert (pins.n_pages, pool.n_available) == (0, 8)
