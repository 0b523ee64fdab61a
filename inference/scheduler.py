"""Decides what each step computes. Pure bookkeeping over pages and token counts: touches no tensor and no clock."""

from __future__ import annotations

from collections import deque

from inference.blocks import PagePool
from inference.config import EngineConfig
from inference.errors import OutOfPages
from inference.request import FinishReason
from inference.sequence import Chunk, Output, Plan, Sequence


class Scheduler:
    """Continuous batching: decoding sequences first, then prefill in chunks, within a token budget.

    First come, first served. When pages run out the youngest sequence is set back: it loses its pages, keeps its
    tokens, and is computed again later. A sequence alone always fits, because no `max_len` exceeds the pool; so every
    step computes something.
    """

    def __init__(self, pool: PagePool, config: EngineConfig) -> None:
        self._pool = pool
        self._max_rows = config.max_rows
        self._token_budget = config.token_budget
        self._waiting: deque[Sequence] = deque()
        self._running: list[Sequence] = []
        self.n_preempted = 0

    @property
    def n_waiting(self) -> int:
        return len(self._waiting)

    @property
    def n_running(self) -> int:
        return len(self._running)

    def add(self, sequence: Sequence) -> None:
        """Queue a sequence. Its `max_len` must fit the pool."""
        self._waiting.append(sequence)

    def remove(self, request_id: str) -> Sequence | None:
        """Take a sequence out, wherever it is, and free its pages; None when it is not here any more."""
        for sequence in (*self._running, *self._waiting):
            if sequence.request_id == request_id:
                self._forget(sequence)
                return sequence
        return None

    def clear(self) -> list[Sequence]:
        """Take every sequence out and free all pages."""
        everything = [*self._running, *self._waiting]
        for sequence in everything:
            self._forget(sequence)
        return everything

    def plan(self) -> Plan | None:
        """The next step, its pages reserved; None when there is nothing to do."""
        budget = self._token_budget
        chunks: list[Chunk] = []
        planned: set[str] = set()
        for sequence in sorted(self._running, key=lambda each: each.n_pending > 1):
            if budget == 0:
                break
            # A sequence set back in this very loop holds no row any more.
            if sequence in self._running and self._reserve(sequence, budget, planned):
                chunks.append(self._chunk(sequence, budget))
                planned.add(sequence.request_id)
                budget -= chunks[-1].n_tokens
        while budget and self._waiting and len(self._running) < self._max_rows:
            sequence = self._waiting[0]
            if not self._fits(sequence):
                break
            self._running.append(self._waiting.popleft())
            chunks.append(self._chunk(sequence, budget))
            budget -= chunks[-1].n_tokens
        return Plan(tuple(chunks)) if chunks else None

    def commit(self, plan: Plan, tokens: list[int]) -> list[Output]:
        """Book what a step computed. `tokens` are the sampled ones, in the order of the chunks that sample."""
        sampled = iter(tokens)
        outputs = []
        for chunk in plan.chunks:
            chunk.sequence.n_computed += chunk.n_tokens
            if chunk.samples:
                outputs.append(self._append(chunk.sequence, next(sampled)))
        return outputs

    def _append(self, sequence: Sequence, token: int) -> Output:
        sequence.tokens.append(token)
        reason = _ended(sequence, token)
        if reason is not None:
            self._forget(sequence)
        return Output(sequence.request_id, token, reason)

    def _chunk(self, sequence: Sequence, budget: int) -> Chunk:
        n_tokens = min(sequence.n_pending, budget)
        return Chunk(sequence, sequence.n_computed, n_tokens, samples=n_tokens == sequence.n_pending)

    def _fits(self, sequence: Sequence) -> bool:
        """Reserve pages for all a newcomer brings, only out of what is free: nobody is set back for it."""
        try:
            sequence.table.grow_to(sequence.n_pending)
        except OutOfPages:
            return False
        return True

    def _reserve(self, sequence: Sequence, budget: int, planned: set[str]) -> bool:
        """Reserve pages for a running sequence. While too few are free, set back the youngest one not planned yet,
        in the end the sequence itself."""
        wanted = sequence.n_computed + min(sequence.n_pending, budget)
        while True:
            try:
                sequence.table.grow_to(wanted)
            except OutOfPages:
                victim = next(each for each in reversed(self._running) if each.request_id not in planned)
                self._set_back(victim)
                if victim is sequence:
                    return False
            else:
                return True

    def _set_back(self, sequence: Sequence) -> None:
        sequence.table.release()
        sequence.n_computed = 0
        self._running.remove(sequence)
        self._waiting.appendleft(sequence)
        self.n_preempted += 1

    def _forget(self, sequence: Sequence) -> None:
        sequence.table.release()
        if sequence in self._running:
            self._running.remove(sequence)
        else:
            self._waiting.remove(sequence)


def _ended(sequence: Sequence, token: int) -> FinishReason | None:
    if token in sequence.stop_ids:
        return "stop"
    return "length" if len(sequence.tokens) >= sequence.max_len else None
