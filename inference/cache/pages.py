"""Pages of the KV cache: how many hold each, what full ones contain, and which goes first when room is needed.

Knows numbers and digests only, no tensors and no requests, so every invariant is tested without a model. All
operations are O(1), but for `predicted` pages, which lie in a heap. To pin a page is to hold it.
"""

from __future__ import annotations

import heapq
from collections import OrderedDict
from collections.abc import Iterable
from typing import Literal

from inference.errors import OutOfPages

Keep = Literal["dead", "lru", "predicted"]
"""Why a page that nobody holds is kept, in the order in which such pages are given up: its content will hardly be
asked for again; it may be; it will be at about a known time (the latest goes first, until `lapse`)."""

DUMMY_PAGE = 0
"""Padded rows write here, so it is never handed out."""


class PagePool:
    """`n_pages` pages of `page_size` tokens beside the dummy page.

    A page is free, held by one or more sequences, kept for its content, or quarantined: handed back while a step that
    is under way may still write to it.
    """

    def __init__(self, n_pages: int, page_size: int) -> None:
        self.n_pages = n_pages
        self.page_size = page_size
        self._free = list(range(n_pages, DUMMY_PAGE, -1))
        self._holders = [0] * (n_pages + 1)
        self._digest_of: dict[int, bytes] = {}
        self._page_of: dict[bytes, int] = {}
        self._queues: dict[str, OrderedDict[int, None]] = {"dead": OrderedDict(), "lru": OrderedDict()}
        self._expected: dict[int, float] = {}
        self._latest: list[tuple[float, int]] = []
        self._soonest: list[tuple[float, int]] = []
        self._quarantine: OrderedDict[int, int] = OrderedDict()

    @property
    def capacity(self) -> int:
        """Tokens that fit in the whole pool."""
        return self.n_pages * self.page_size

    @property
    def n_free(self) -> int:
        return len(self._free)

    @property
    def n_kept(self) -> int:
        """Pages that nobody holds, kept for what is in them."""
        return len(self._queues["dead"]) + len(self._queues["lru"]) + len(self._expected)

    @property
    def n_available(self) -> int:
        """Pages that `take` could hand out now."""
        return self.n_free + self.n_kept

    def is_held(self, page: int) -> bool:
        return self._holders[page] > 0

    def pages_for(self, n_tokens: int) -> int:
        """Pages that `n_tokens` tokens fill, the last one perhaps in part."""
        return -(-n_tokens // self.page_size)

    def take(self, count: int) -> list[int]:
        """Hold `count` pages, giving up kept ones where too few are free. Raises OutOfPages and changes nothing."""
        if count > self.n_available:
            raise OutOfPages(count, self.n_available)
        pages = [self._free.pop() if self._free else self._evict() for _ in range(count)]
        for page in pages:
            self._holders[page] = 1
        return pages

    def find(self, digest: bytes) -> int | None:
        """The page with that content, held or kept."""
        return self._page_of.get(digest)

    def share(self, page: int) -> None:
        """Hold a page that others hold, or that is kept."""
        if self._holders[page] == 0:
            if page not in self._digest_of:
                raise ValueError(f"page {page} is shared but holds nothing")
            self._unlist(page)
        self._holders[page] += 1

    def publish(self, page: int, digest: bytes) -> None:
        """Let others find the page by its content: it is full and never written again. The first of two alike stays."""
        if self._holders[page] == 0:
            raise ValueError(f"page {page} is published but not held")
        if page not in self._digest_of and digest not in self._page_of:
            self._digest_of[page] = digest
            self._page_of[digest] = page

    def give_back(
        self, pages: Iterable[int], keep: Keep = "lru", *, expected_at: float = 0.0, step: int | None = None
    ) -> None:
        """Let go of `pages`; those given back first go first.

        The last holder's `keep` decides for published ones. What is not published is free at once, or, with `step`,
        once that step is done.
        """
        for page in pages:
            if self._holders[page] == 0:
                raise ValueError(f"page {page} is given back but not held")
            self._holders[page] -= 1
            if self._holders[page] > 0:
                continue
            if page in self._digest_of:
                self._list(page, keep, expected_at)
            elif step is not None:
                self._quarantine[page] = step
            else:
                self._free.append(page)

    def step_done(self, step: int) -> None:
        """Nothing that was launched up to this step writes any more."""
        while self._quarantine and next(iter(self._quarantine.values())) <= step:
            page, _ = self._quarantine.popitem(last=False)
            self._free.append(page)

    def lapse(self, before: float) -> None:
        """Expect no longer what was expected earlier than that: those pages are kept as others are."""
        while self._soonest and self._soonest[0][0] < before:
            expected_at, page = heapq.heappop(self._soonest)
            # one that was held again meanwhile has left its place in the heap behind
            if self._expected.get(page) == expected_at:
                del self._expected[page]
                self._queues["lru"][page] = None

    def _list(self, page: int, keep: Keep, expected_at: float) -> None:
        if keep == "predicted":
            self._expected[page] = expected_at
            heapq.heappush(self._latest, (-expected_at, page))
            heapq.heappush(self._soonest, (expected_at, page))
        else:
            self._queues[keep][page] = None

    def _unlist(self, page: int) -> None:
        for queue in self._queues.values():
            queue.pop(page, None)
        self._expected.pop(page, None)

    def _evict(self) -> int:
        """A kept page, its content forgotten."""
        for queue in self._queues.values():
            if queue:
                return self._forget(queue.popitem(last=False)[0])
        while True:
            rank, page = heapq.heappop(self._latest)
            if self._expected.get(page) == -rank:
                del self._expected[page]
                return self._forget(page)

    def _forget(self, page: int) -> int:
        del self._page_of[self._digest_of.pop(page)]
        return page

    def check(self) -> None:
        """Raise ValueError when the books do not balance."""
        kept = [*self._queues["dead"], *self._queues["lru"], *self._expected]
        idle = [*self._free, *kept, *self._quarantine]
        held = [page for page, count in enumerate(self._holders) if count]
        if sorted(idle + held) != list(range(1, self.n_pages + 1)):
            raise ValueError(f"{len(idle)} idle and {len(held)} held pages are not the {self.n_pages} there are")
        if {page: digest for digest, page in self._page_of.items()} != self._digest_of:
            raise ValueError("a digest and its page do not name each other")
        if any(page not in self._digest_of for page in kept):
            raise ValueError("a page is kept without content")
        if any(page in self._digest_of for page in (*self._free, *self._quarantine)):
            raise ValueError("a free page has content")
