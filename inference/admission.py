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
        self._tails: dict[bytes, Sequence] = {}
        self._tail_of: dict[Sequence, bytes] = {}
        self._copies: list[tuple[int, int]] = []

    def should_wait(self, sequence: Sequence) -> bool:
        """Somebody else is computing what this one needs next: waiting for it costs less than doing it again."""
        if not self._in_flight:
            return False
        n_known = len(sequence.table.known(sequence.tokens))
        if n_known < (len(sequence.tokens) - 1) // self._pool.page_size:
            digests = sequence.table.digests(sequence.tokens)
            return bool(digests) and digests[n_known] in self._computing
        owner = self._owner(sequence)
        return owner is not None and owner.n_done < len(sequence.tokens) - 1

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
        self._take_tail(sequence)
        return True

    def copies(self) -> tuple[tuple[int, int], ...]:
        """Pages to copy, from and to, for those let in since the last call."""
        copies, self._copies = tuple(self._copies), []
        return copies

    def publish(self, sequence: Sequence) -> None:
        """Let others find what is computed of it."""
        before = sequence.table.n_published
        sequence.table.publish(sequence.tokens, min(sequence.n_done, len(sequence.tokens)))
        self._done(sequence, sequence.table.digests(sequence.tokens)[before : sequence.table.n_published])

    def leaves(self, sequence: Sequence) -> None:
        """It computes no more; who waited for it must do so itself."""
        self._done(sequence, sequence.table.digests(sequence.tokens))
        tail = self._tail_of.pop(sequence, None)
        if tail is not None:
            del self._tails[tail]

    def _owner(self, sequence: Sequence) -> Sequence | None:
        """Who runs and has, or will have, the same tokens but for the last, the end of them on a page of its own."""
        tail = sequence.table.tail(sequence.tokens)
        return self._tails.get(tail) if tail is not None else None

    def _take_tail(self, sequence: Sequence) -> None:
        """Copy the page that another has filled in part with the same tokens, so that the last is all there is to
        compute; else be the one that others may copy from."""
        n_wanted = len(sequence.tokens) - 1
        owner = self._owner(sequence)
        if owner is None:
            tail = sequence.table.tail(sequence.tokens)
            if tail is not None:
                self._tails[tail], self._tail_of[sequence] = sequence, tail
            return
        page = n_wanted // self._pool.page_size
        if owner.n_done >= n_wanted and sequence.n_computed == page * self._pool.page_size:
            self._copies.append((owner.table.pages[page], sequence.table.pages[page]))
            sequence.n_computed = sequence.n_done = sequence.n_cached = n_wanted

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
