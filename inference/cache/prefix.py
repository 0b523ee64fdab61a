"""What a page contains, as a digest of all tokens up to its end: equal digests, equal keys and values.

h(i) = BLAKE2b-128(h(i-1) || tokens of page i), keyed with tenant, adapter and model, so one tenant's text can neither
be found nor guessed by another's. Knows nothing of pages' numbers.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from hashlib import blake2b

DIGEST_BYTES = 16


def prefix_key(*, model: str, adapter: str = "", salt: str = "", kv_dtype: str = "auto") -> bytes:
    """The key under which a request's pages are found. kv_dtype: as the engine's config names it."""
    facts = "\0".join(str(len(part)) + ":" + part for part in (model, adapter, salt, kv_dtype))
    return blake2b(facts.encode(), digest_size=32).digest()


def n_common(one: list[int], other: list[int]) -> int:
    """How many tokens both begin with, by comparing halves: lists are compared much faster than their items are."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


class PrefixChain:
    """The digests of a growing sequence's full pages; what was hashed is not hashed again."""

    __slots__ = ("_key", "_like", "_page_size", "digests")

    def __init__(self, key: bytes, page_size: int) -> None:
        self._key = key
        self._page_size = page_size
        self.digests: list[bytes] = []
        self._like: tuple[PrefixChain, int] | None = None

    def begin_like(self, other: PrefixChain, n_tokens: int) -> None:
        """Hash the first `n_tokens` tokens no more if `other`, of the same key, has: it begins with the same. To be
        called before anything is hashed; nothing is until somebody asks."""
        self._like = other, n_tokens

    def tail(self, tokens: Sequence[int]) -> bytes | None:
        """Of all but the last of `tokens`, where that is more than whole pages: the digest of a page filled in part."""
        n_whole, n_more = divmod(len(tokens) - 1, self._page_size)
        if n_more == 0:
            return None
        before = self.extend(tokens)[n_whole - 1] if n_whole else b""
        content = array("i", tokens[n_whole * self._page_size : -1]).tobytes()
        return blake2b(before + content, digest_size=DIGEST_BYTES, key=self._key).digest()

    def extend(self, tokens: Sequence[int]) -> list[bytes]:
        """Digests of the full pages of `tokens`, which begin like those of the calls before."""
        size = self._page_size
        if self._like is not None:
            (other, n_same), self._like = self._like, None
            self.digests = other.extend(tokens[:n_same])
        for page in range(len(self.digests), len(tokens) // size):
            before = self.digests[-1] if self.digests else b""
            content = array("i", tokens[page * size : (page + 1) * size]).tobytes()
            self.digests.append(blake2b(before + content, digest_size=DIGEST_BYTES, key=self._key).digest())
        return self.digests[: len(tokens) // size]
