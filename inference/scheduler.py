"""Decides what each step computes. Pure bookkeeping over pages, tokens and expected times: touches no tensor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import repeat, zip_longest

from inference.admission import Admission
from inference.cache.pages import PagePool
from inference.config import EngineConfig
from inference.cost import CostModel, StepShape
from inference.counts import Counts
from inference.errors import OutOfPages
from inference.gangs import gathered
from inference.lengths import LengthBook
from inference.policy import Policy
from inference.sequence import Chunk, Output, Plan, Scores, Sequence
from inference.speculation import Guess, Speculation
from inference.waiting import FCFS, WaitingQueue, rank, urgent

LATE_S = 5.0
"""A conversation that is overdue by as much will hardly go on."""


class Scheduler:
    """Continuous batching: decoding sequences first, then prefill in chunks, by rank.

    A newcomer is let in when its prompt fits and the answers that are expected of all will. When pages run out all the
    same, the one with the highest rank is set back: it loses its pages, which stay findable, keeps its tokens, and is
    computed again later. A sequence alone always fits, because no `max_len` exceeds the pool; so every step computes
    something. Steps may be launched before earlier ones are committed.
    """

    def __init__(
        self,
        pool: PagePool,
        config: EngineConfig,
        *,
        clock: Callable[[], float],
        cost: CostModel,
        policy: Policy | None = None,
        make_room: Callable[[], bool] = lambda: False,
        guess: Guess | None = None,
    ) -> None:
        """`make_room` gives up pages that were promised to be kept, when a sequence could not go on else. `guess`
        replaces the usual sources of drafts."""
        self._pool = pool
        self._config = config
        self._clock = clock
        self._cost = cost
        self._policy = policy or Policy()
        self._make_room = make_room
        self._admission = Admission(pool, make_room=make_room, in_flight=self._policy.in_flight)
        self._speculation = Speculation(cost, config.max_drafts, guess)
        self._lengths = LengthBook()
        self._waiting = WaitingQueue(self._policy.order)
        self._idle = WaitingQueue(self._policy.order)
        self._running: list[Sequence] = []
        self._step = 0
        self._stepped = 0
        self.counts = Counts()

    @property
    def n_waiting(self) -> int:
        return len(self._waiting)

    @property
    def n_running(self) -> int:
        return len(self._running)

    @property
    def has_work(self) -> bool:
        return bool(self._running or len(self._waiting) or len(self._idle))

    def add(self, sequence: Sequence) -> None:
        """Queue a sequence. Its `max_len` must fit the pool."""
        hints = sequence.params.hints
        room = max(1, sequence.max_len - sequence.n_prompt)
        sequence.arrived = self._clock()
        sequence.expected = self._lengths.expect(hints.node_key, room) if self._policy.lengths else room
        own_s = self._cost.prefill_s(sequence.n_prompt) + self._cost.decode_s(sequence.expected, self._config.max_rows)
        sequence.rank = rank(hints, sequence.arrived, own_s, self._policy.order)
        self._queue_of(sequence).add(sequence)

    def remove(self, request_id: str) -> Sequence | None:
        """Take a sequence out, wherever it is, and free its pages; None when it is not here any more."""
        for sequence in self._everything():
            if sequence.request_id == request_id:
                self._forget(sequence)
                return sequence
        return None

    def clear(self) -> list[Sequence]:
        """Take every sequence out and free all pages."""
        everything = self._everything()
        for sequence in everything:
            self._forget(sequence)
        return everything

    def set_back_all(self) -> None:
        """Nothing that was computed of those who run and nobody was told of counts."""
        for sequence in [*self._running]:
            self._set_back(sequence)

    def settle(self) -> None:
        """No step is under way any more, whatever became of it."""
        self._stepped = self._step
        self._pool.step_done(self._step)

    def late(self) -> list[Output]:
        """Drop whoever waits and cannot be in time any more, if it asked for that."""
        now = self._clock()
        found = [*self._waiting.late(now), *self._idle.late(now)]
        for sequence in found:
            self._forget(sequence)
        return [Output(each.request_id, None, "abort") for each in found]

    def plan(self) -> Plan | None:
        """The next step, its pages reserved; None when there is nothing to do before a step under way is committed."""
        self._pool.lapse(self._clock() - LATE_S)
        chunks: list[Chunk] = []
        planned: set[str] = set()
        budget = self._config.token_budget
        brisk_s = None if self._policy.order == FCFS else self._config.brisk_s
        decoding = urgent(self._decoding(), self._cost, brisk_s)
        self._speculation.price(StepShape(0, len(decoding), sum(each.n_computed for each in decoding), 0))
        for sequence in decoding:
            if budget and sequence in self._running and self._reserve(sequence, 1, planned):
                chunks.append(self._book(sequence, 1, self._drafts(sequence, budget - 1)))
                planned.add(sequence.request_id)
                budget -= 1 + len(chunks[-1].drafts)
        prefilling = self._prefilling()
        context = max((each.n_computed for each in prefilling), default=0)
        budget = self._cost.prefill_budget(self._planned(chunks).shape, context, self._config.inter_token_s, budget)
        for sequence in prefilling:
            n_tokens = min(sequence.n_pending, budget)
            if n_tokens and sequence in self._running and self._reserve(sequence, n_tokens, planned):
                chunks.append(self._book(sequence, n_tokens))
                planned.add(sequence.request_id)
                budget -= n_tokens
        budget -= self._admit(self._waiting, budget, chunks)
        if not len(self._waiting) and all(chunk.is_decode for chunk in chunks):
            self._admit(self._idle, budget, chunks)
        if not chunks:
            return None
        self._step += 1
        return _with_copies(self._admission.copies(), self._planned(chunks))

    def _planned(self, chunks: list[Chunk]) -> Plan:
        """The step so far."""
        if not self._policy.shared:
            return Plan(tuple(chunks), self._step)
        ordered, groups = gathered(chunks, self._pool.page_size)
        return Plan(ordered, self._step, groups)

    def commit(
        self, plan: Plan, results: list[list[int]], scores: list[list[Scores | None]] | None = None
    ) -> list[Output]:
        """Book what a step computed. `results` has the tokens of each chunk that samples, in order: one, or, where
        drafts were right, more; `scores`, when any row asked for them, has as many. Steps are committed in the order of
        their plans.
        """
        sampled = zip(results, scores or repeat([]), strict=False)
        outputs: list[Output] = []
        for chunk in plan.chunks:
            tokens, told = next(sampled) if chunk.samples else ([], [])
            if chunk.epoch == chunk.sequence.epoch:
                outputs += self._take(chunk, tokens, told)
        self._stepped = plan.step
        self._pool.step_done(plan.step)
        return outputs

    def _take(self, chunk: Chunk, tokens: list[int], scores: list[Scores | None]) -> list[Output]:
        sequence = chunk.sequence
        sequence.n_done = chunk.start + chunk.n_tokens + max(0, len(tokens) - 1)
        if chunk.samples:
            sequence.n_ahead -= 1
        if chunk.drafts:
            self._speculation.learn(sequence, len(chunk.drafts), len(tokens) - 1)
        outputs: list[Output] = []
        for token, told in zip_longest(tokens, scores):
            outputs += sequence.say(token, told)
            if outputs[-1].finish_reason is not None:
                break
        if outputs and sequence.begun is None:
            outputs[0] = replace(outputs[0], begun=sequence.begins(self._clock()))
        self.counts.generated += sum(each.token is not None for each in outputs)
        self._admission.publish(sequence)
        if outputs and outputs[-1].finish_reason is not None:
            # What was cut off short says nothing of how long answers are: a choice's places have one token each.
            if outputs[-1].finish_reason == "stop" or sequence.n_generated > sequence.expected:
                self._lengths.learn(sequence.params.hints.node_key, sequence.n_generated)
            self._speculation.ended(sequence)
            self._forget(sequence)
        elif sequence.only_prefills and sequence.n_done == sequence.n_prompt:
            outputs.append(Output(sequence.request_id, None, "stop"))
            self._forget(sequence)
        elif chunk.drafts:
            # as many drafts as were wrong were computed in vain
            sequence.n_computed = sequence.n_done
        return outputs

    def _active(self) -> list[Sequence]:
        """Who may compute in this step: the first that is to be computed by itself, else everybody."""
        alone = next((each for each in self._running if each.goes_alone), None)
        return self._running if alone is None else [alone]

    def _decoding(self) -> list[Sequence]:
        """Those whose next token is wanted; none beyond what it may have, should nothing under way end it, and none
        for which that token must be known first."""
        return [
            each
            for each in self._active()
            if each.n_pending == 1
            and (each.n_ahead == 0 or (not each.needs_its_past and len(each.tokens) + each.n_ahead < each.max_len))
        ]

    def _prefilling(self) -> list[Sequence]:
        return sorted((each for each in self._active() if each.n_pending > 1), key=lambda each: each.rank)

    def _drafts(self, sequence: Sequence, budget: int) -> tuple[int, ...]:
        """Guesses, where no step is under way whose outcome they would depend on, and pages for them are free."""
        bound = sequence.constraint is not None or sequence.params.deterministic
        if sequence.n_ahead or sequence.only_prefills or bound or budget <= 0:
            return ()
        most = min(budget, sequence.max_len - len(sequence.tokens) - 1)
        drafts = self._speculation.drafts(sequence, most)
        try:
            sequence.table.grow_to(sequence.n_computed + 1 + len(drafts))
        except OutOfPages:
            return ()
        return drafts

    def _admit(self, queue: WaitingQueue, budget: int, chunks: list[Chunk]) -> int:
        """Let newcomers in by rank. The first that does not fit holds up those behind it, or it would never fit."""
        used = 0
        for sequence in queue:
            if used == budget or len(self._running) >= self._config.max_rows or self._active() is not self._running:
                break
            if self._admission.should_wait(sequence):
                continue
            if not self._admission.let_in(sequence, self._running):
                break
            if sequence.entered is None:
                sequence.entered, sequence.n_found = self._clock(), sequence.n_cached
            self.counts.prompt += len(sequence.tokens)
            self.counts.cached += sequence.n_cached
            queue.remove(sequence)
            self._running.append(sequence)
            if sequence.goes_alone and chunks:
                break
            n_tokens = min(sequence.n_pending, budget - used)
            chunks.append(self._book(sequence, n_tokens))
            used += n_tokens
        return used

    def _book(self, sequence: Sequence, n_tokens: int, drafts: tuple[int, ...] = ()) -> Chunk:
        samples = n_tokens == sequence.n_pending and not sequence.only_prefills
        chunk = Chunk(sequence, sequence.n_computed, n_tokens, samples, sequence.epoch, drafts)
        sequence.n_computed += n_tokens + len(drafts)
        sequence.n_ahead += samples
        return chunk

    def _reserve(self, sequence: Sequence, n_tokens: int, planned: set[str]) -> bool:
        """Reserve pages for a running sequence. While there are too few, set back whoever has the most time and is not
        planned yet, in the end the sequence itself."""
        while True:
            try:
                sequence.table.grow_to(sequence.n_computed + n_tokens)
            except OutOfPages:
                others = [each for each in self._running if each.request_id not in planned]
                victim = max(others, key=_most_time)
                if victim is sequence and len(self._running) == 1:
                    if self._stepped < self._step:
                        # pages come back when the steps under way are done
                        return False
                    if self._make_room():
                        continue
                self._set_back(victim)
                if victim is sequence:
                    return False
            else:
                return True

    def _set_back(self, sequence: Sequence) -> None:
        self._leave(sequence, hold_s=0.0)
        sequence.n_computed = sequence.n_done = sequence.n_ahead = 0
        self._queue_of(sequence).add(sequence)
        self.counts.preempted += 1

    def _forget(self, sequence: Sequence) -> None:
        if sequence in self._running:
            self._leave(sequence, sequence.params.hints.hold_ms / 1000 if self._policy.holds else 0.0)
        else:
            self._queue_of(sequence).remove(sequence)

    def _leave(self, sequence: Sequence, hold_s: float) -> None:
        """Out of the running, its pages given back; a step under way may still write to those that are not full."""
        self._admission.leaves(sequence)
        under_way = self._step if self._step > self._stepped else None
        if hold_s:
            sequence.table.release("predicted", expected_at=self._clock() + hold_s, step=under_way)
        else:
            sequence.table.release(step=under_way)
        sequence.epoch += 1
        self._running.remove(sequence)

    def _everything(self) -> list[Sequence]:
        return [*self._running, *self._waiting, *self._idle]

    def _queue_of(self, sequence: Sequence) -> WaitingQueue:
        return self._idle if sequence.is_idle else self._waiting


def _with_copies(copies: tuple[tuple[int, int], ...], plan: Plan) -> Plan:
    return replace(plan, copies=copies) if copies else plan


def _most_time(sequence: Sequence) -> tuple[bool, bool, float, float]:
    """Who is computed anew where somebody must be: never one whose tokens might change by it, unless it is alone."""
    return not sequence.params.deterministic, sequence.is_idle, sequence.rank, sequence.arrived
