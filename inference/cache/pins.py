"""Prefixes that callers want to find computed: each holds its pages until its time is up. Knows no scheduler."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from inference.cache.pages import PagePool
from inference.cache.table import BlockTable


@dataclass(slots=True)
class Pin:
    salt: str
    n_tokens: int
    expires_at: float
    table: BlockTable


class PinnedPrefixes:
    """At most `budget` pages together. Who asks for more gives up the oldest of his own, in the end the new one."""

    def __init__(self, pool: PagePool, budget: int, clock: Callable[[], float]) -> None:
        self._pool = pool
        self._budget = budget
        self._clock = clock
        self._pins: dict[str, Pin] = {}

    @property
    def n_pages(self) -> int:
        """Held by at least one."""
        return len({page for pin in self._pins.values() for page in pin.table.pages})

    def hold(self, name: str, tokens: list[int], key: bytes, *, salt: str, ttl_s: float) -> int:
        """Hold what of `tokens` is computed, in whole pages; returns how many tokens. Replaces a pin of that name."""
        self.drop(name)
        table = BlockTable(self._pool, key)
        n_tokens = table.match([*tokens, 0])
        self._pins[name] = Pin(salt, n_tokens, self._clock() + ttl_s, table)
        while self.n_pages > self._budget and self._give_up(salt):
            continue
        return n_tokens if name in self._pins else 0

    @property
    def held(self) -> dict[str, int]:
        """How many tokens are held under each name."""
        return {name: pin.n_tokens for name, pin in self._pins.items()}

    def drop(self, name: str) -> bool:
        """Let go of one; it stays findable until its pages are needed."""
        pin = self._pins.pop(name, None)
        if pin is not None:
            pin.table.release()
        return pin is not None

    def expire(self) -> None:
        now = self._clock()
        for name in [name for name, pin in self._pins.items() if pin.expires_at <= now]:
            self.drop(name)

    def make_room(self) -> bool:
        """Let go of the one that ends soonest; False when there is none."""
        soonest = min(self._pins, key=lambda name: self._pins[name].expires_at, default=None)
        return soonest is not None and self.drop(soonest)

    def _give_up(self, salt: str) -> bool:
        oldest = next((name for name, pin in self._pins.items() if pin.salt == salt), None)
        return oldest is not None and self.drop(oldest)
