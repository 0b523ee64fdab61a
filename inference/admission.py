"""Who may come in: pages for what a newcomer brings, and for what all will probably say. Decides no order."""

from __future__ import annotations

from collections.abc import Callable

from inference.cache.pages import PagePool
from inference.sequence import Sequence


class Admission:
    """Reserves pages for newcomers, and knows which of them somebody is computing already."""

    def __init__(self, pool: PagePool, *, make_room: Callable[[], bool], in_flight: bool) -> None:
        """`make_room` gives up pages that were promised to be kept, when nobody could come in else. `in_flight`: let a
        sequence wait for pages that another computes."""
        self._pool = pool
        self._make_room = make_room
        self._in_flight = in_flight
        self._computing: dict[bytes, Sequence] = {}

    def should_wait(self, sequence: Sequence) -> bool:
        """Somebody else is computing what this one needs next: waiting for it costs less than doing it again."""
        if not self._in_flight:
            return False
        digests = sequence.table.digests(sequence.tokens)
        n_known = len(sequence.table.known(sequence.tokens))
        if not digests or n_known >= (len(sequence.tokens) - 1) // self._pool.page_size:
            return False
        return digests[n_known] in self._computing

    def let_in(self, sequence: Sequence, running: list[Sequence]) -> bool:
        """Reserve pages for all it brings, only out of what is available: nobody is set back for it. False, and
        nothing changed, where there are too few."""
        pool = self._pool
        known = sequence.table.known(sequence.tokens)
        wanted = pool.pages_for(min(sequence.max_len, len(sequence.tokens) + sequence.expected)) - len(known)
        available = pool.n_available - sum(1 for page in known if not pool.is_held(page))
        if running and wanted + self._promised(running) > available:
            return False
        if pool.pages_for(len(sequence.tokens)) - len(known) > available:
            if running or not self._make_room():
                return False
            return self.let_in(sequence, running)
        sequence.n_computed = sequence.n_done = sequence.n_cached = sequence.table.match(sequence.tokens)
        sequence.table.grow_to(len(sequence.tokens))
        for digest in sequence.table.digests(sequence.tokens)[len(known) :]:
            self._computing.setdefault(digest, sequence)
        return True

    def publish(self, sequence: Sequence) -> None:
        """Let others find what is computed of it."""
        before = sequence.table.n_published
        sequence.table.publish(sequence.tokens, min(sequence.n_done, len(sequence.tokens)))
        self._done(sequence, sequence.table.digests(sequence.tokens)[before : sequence.table.n_published])

    def leaves(self, sequence: Sequence) -> None:
        """It computes no more; who waited for it must do so itself."""
        self._done(sequence, sequence.table.digests(sequence.tokens))

    def _done(self, sequence: Sequence, digests: list[bytes]) -> None:
        for digest in digests:
            if self._computing.get(digest) is sequence:
                del self._computing[digest]

    def _promised(self, running: list[Sequence]) -> int:
        """Pages that those who run will probably still need."""
        return sum(
            max(0, self._pool.pages_for(min(each.max_len, each.n_prompt + each.expected)) - len(each.table.pages))
            for each in running
        )
