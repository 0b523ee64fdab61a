"""The pages of one sequence: the only owner of pages there is, so that an end at any point frees them all."""

from __future__ import annotations

from collections.abc import Sequence

from inference.cache.pages import Keep, PagePool
from inference.cache.prefix import PrefixChain


class BlockTable:
    """Token `i` of the sequence lies in page `pages[i // page_size]`. With no `key` nothing is shared."""

    __slots__ = ("_chain", "_pool", "n_published", "pages")

    def __init__(self, pool: PagePool, key: bytes | None = None) -> None:
        self._pool = pool
        self._chain = PrefixChain(key, pool.page_size) if key is not None else None
        self.pages: list[int] = []
        self.n_published = 0

    def begin_like(self, other: BlockTable, n_tokens: int) -> None:
        """The first `n_tokens` tokens of both are the same, and so is the key: what one has hashed serves the other."""
        if self._chain is not None and other._chain is not None:
            self._chain.begin_like(other._chain, n_tokens)

    def digests(self, tokens: Sequence[int]) -> list[bytes]:
        """What the pages hold that `tokens` fill, in order."""
        return self._chain.extend(tokens) if self._chain is not None else []

    def tail(self, tokens: Sequence[int]) -> bytes | None:
        """What the page holds that `tokens`, without the last, fill in part; None where there is no such page."""
        return self._chain.tail(tokens) if self._chain is not None else None

    def known(self, tokens: Sequence[int]) -> list[int]:
        """Pages that have the beginning of `tokens` already. Never all of it: the last token's logits are needed."""
        pages: list[int] = []
        for digest in self.digests(tokens)[: (len(tokens) - 1) // self._pool.page_size]:
            page = self._pool.find(digest)
            if page is None:
                break
            pages.append(page)
        return pages

    def match(self, tokens: Sequence[int]) -> int:
        """Hold those pages; the table is empty. Returns how many tokens need not be computed."""
        self.pages = self.known(tokens)
        for page in self.pages:
            self._pool.share(page)
        self.n_published = len(self.pages)
        return self.n_published * self._pool.page_size

    def grow_to(self, n_tokens: int) -> None:
        """Hold pages for `n_tokens` tokens. Raises OutOfPages and changes nothing when there are too few."""
        missing = self._pool.pages_for(n_tokens) - len(self.pages)
        if missing > 0:
            self.pages += self._pool.take(missing)

    def publish(self, tokens: Sequence[int], n_computed: int) -> None:
        """Let others find the pages that the first `n_computed` tokens have filled."""
        full = n_computed // self._pool.page_size
        if self._chain is None or full <= self.n_published:
            return
        digests = self._chain.extend(tokens[: full * self._pool.page_size])
        for at in range(self.n_published, full):
            self._pool.publish(self.pages[at], digests[at])
        self.n_published = full

    def release(self, keep: Keep = "lru", *, expected_at: float = 0.0, step: int | None = None) -> None:
        """Give every page back, the last ones first in line to go; the table is empty and may grow again."""
        pages, self.pages, self.n_published = self.pages, [], 0
        self._pool.give_back(reversed(pages), keep, expected_at=expected_at, step=step)
