"""Pages of the KV cache: who holds which.

Knows numbers only, no tensors, so every invariant is tested without a model.
"""

from __future__ import annotations

from collections.abc import Iterable

from inference.errors import OutOfPages


class PagePool:
    """`n_pages` pages of `page_size` tokens. A page has one holder or is free; handing one back twice is refused."""

    def __init__(self, n_pages: int, page_size: int) -> None:
        self.n_pages = n_pages
        self.page_size = page_size
        self._free = list(range(n_pages - 1, -1, -1))
        self._held = bytearray(n_pages)

    @property
    def n_free(self) -> int:
        return len(self._free)

    @property
    def capacity(self) -> int:
        """Tokens that fit in the whole pool."""
        return self.n_pages * self.page_size

    def pages_for(self, n_tokens: int) -> int:
        """Pages that `n_tokens` tokens fill, the last one perhaps in part."""
        return -(-n_tokens // self.page_size)

    def take(self, count: int) -> list[int]:
        """Hand out `count` pages. Raises OutOfPages and changes nothing when too few are free."""
        if count > len(self._free):
            raise OutOfPages(count, len(self._free))
        pages = [self._free.pop() for _ in range(count)]
        for page in pages:
            self._held[page] = 1
        return pages

    def give_back(self, pages: Iterable[int]) -> None:
        """Free `pages`, most recently taken first in line for reuse: what is warm in a cache stays there."""
        for page in pages:
            if not self._held[page]:
                raise ValueError(f"page {page} is given back but not held")
            self._held[page] = 0
            self._free.append(page)

    def check(self) -> None:
        """Raise when the books do not balance: every page is free or held, none is both, none is lost."""
        if len(set(self._free)) != len(self._free) or any(self._held[page] for page in self._free):
            raise ValueError("a page is listed as free twice, or is free and held")
        if len(self._free) + sum(self._held) != self.n_pages:
            raise ValueError(f"{len(self._free)} free and {sum(self._held)} held pages are not {self.n_pages}")


class BlockTable:
    """The pages of one sequence, in order: token `i` lies in page `i // page_size`."""

    def __init__(self, pool: PagePool) -> None:
        self._pool = pool
        self.pages: list[int] = []

    def grow_to(self, n_tokens: int) -> None:
        """Hold pages for `n_tokens` tokens. Raises OutOfPages and changes nothing when too few are free."""
        missing = self._pool.pages_for(n_tokens) - len(self.pages)
        if missing > 0:
            self.pages += self._pool.take(missing)

    def release(self) -> None:
        """Give every page back; the table is empty and may grow again."""
        pages, self.pages = self.pages, []
        self._pool.give_back(reversed(pages))
