"""Decides what each step computes. Pure bookkeeping over pages, tokens and expected times: touches no tensor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from inference.cache.pages import PagePool
from inference.config import EngineConfig
from inference.cost import CostModel, StepShape
from inference.errors import OutOfPages
from inference.lengths import LengthBook
from inference.request import FinishReason
from inference.sequence import Chunk, Output, Plan, Sequence
from inference.waiting import FCFS, Order, WaitingQueue, rank

CHUNKS = (16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192)


@dataclass(slots=True)
class Counts:
    """What happened so far, in tokens but for the first."""

    preempted: int = 0
    prompt: int = 0
    cached: int = 0
    generated: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """What the scheduler makes use of; everything, but where one mechanism is studied alone."""

    order: Order = field(default_factory=Order)
    lengths: bool = True
    holds: bool = True
    in_flight: bool = True


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
        draft: Callable[[list[int], int], tuple[int, ...]] = lambda tokens, most: (),
    ) -> None:
        """`make_room` gives up pages that were promised to be kept, when a sequence could not go on else. `draft`
        guesses at most so many tokens that follow."""
        self._pool = pool
        self._config = config
        self._clock = clock
        self._cost = cost
        self._policy = policy or Policy()
        self._make_room = make_room
        self._draft = draft
        self._lengths = LengthBook()
        self._waiting = WaitingQueue(self._policy.order)
        self._idle = WaitingQueue(self._policy.order)
        self._running: list[Sequence] = []
        self._computing: dict[bytes, Sequence] = {}
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

    def settle(self) -> None:
        """No step is under way any more, whatever became of it."""
        self._stepped = self._step
        self._pool.step_done(self._step)

    def late(self) -> list[Output]:
        """Drop whoever waits and cannot be in time any more, if it asked for that."""
        now = self._clock()
        found = [
            each
            for each in self._waiting
            if each.params.drop_after_ms is not None and now > each.arrived + each.params.drop_after_ms / 1000
        ]
        for sequence in found:
            self._forget(sequence)
        return [Output(each.request_id, None, "abort") for each in found]

    def plan(self) -> Plan | None:
        """The next step, its pages reserved; None when there is nothing to do before a step under way is committed."""
        chunks: list[Chunk] = []
        planned: set[str] = set()
        budget = self._config.token_budget
        for sequence in self._urgent(self._decoding()):
            if budget and sequence in self._running and self._reserve(sequence, 1, planned):
                chunks.append(self._book(sequence, 1, self._drafts(sequence, budget - 1)))
                planned.add(sequence.request_id)
                budget -= 1 + len(chunks[-1].drafts)
        budget = self._prefill_budget(chunks, budget)
        for sequence in self._prefilling():
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
        return Plan(tuple(chunks), self._step)

    def commit(self, plan: Plan, results: list[list[int]]) -> list[Output]:
        """Book what a step computed. `results` has the tokens of each chunk that samples, in order: one, or, where
        drafts were right, more. Steps are committed in the order of their plans.
        """
        sampled = iter(results)
        outputs: list[Output] = []
        for chunk in plan.chunks:
            tokens = next(sampled) if chunk.samples else []
            if chunk.epoch == chunk.sequence.epoch:
                outputs += self._take(chunk, tokens)
        self._stepped = plan.step
        self._pool.step_done(plan.step)
        return outputs

    def _take(self, chunk: Chunk, tokens: list[int]) -> list[Output]:
        sequence = chunk.sequence
        sequence.n_done = chunk.start + chunk.n_tokens + max(0, len(tokens) - 1)
        if chunk.samples:
            sequence.n_ahead -= 1
        outputs: list[Output] = []
        for token in tokens:
            sequence.tokens.append(token)
            self.counts.generated += 1
            reason = _ended(sequence, token)
            outputs.append(Output(sequence.request_id, token, reason))
            if reason is not None:
                break
        self._publish(sequence)
        if outputs and outputs[-1].finish_reason is not None:
            self._lengths.learn(sequence.params.hints.node_key, sequence.n_generated)
            self._forget(sequence)
        elif sequence.only_prefills and sequence.n_done == sequence.n_prompt:
            outputs.append(Output(sequence.request_id, None, "stop"))
            self._forget(sequence)
        elif chunk.drafts:
            # as many drafts as were wrong were computed in vain
            sequence.n_computed = sequence.n_done
        return outputs

    def _publish(self, sequence: Sequence) -> None:
        before = sequence.table.n_published
        sequence.table.publish(sequence.tokens, min(sequence.n_done, len(sequence.tokens)))
        for digest in sequence.table.digests(sequence.tokens)[before : sequence.table.n_published]:
            if self._computing.get(digest) is sequence:
                del self._computing[digest]

    def _decoding(self) -> list[Sequence]:
        """Those whose next token is wanted; none beyond what it may have, should nothing under way end it."""
        return [
            each
            for each in self._running
            if each.n_pending == 1 and (each.n_ahead == 0 or len(each.tokens) + each.n_ahead < each.max_len)
        ]

    def _urgent(self, decoding: list[Sequence]) -> list[Sequence]:
        """Of those who decode, the ones who cannot rest: by rank, as many as make a step of `brisk_s`. Whoever rests
        keeps its pages and becomes urgent in time, for ranks do not change while the clock goes on."""
        limit_s = self._config.brisk_s
        if limit_s is None or self._policy.order == FCFS:
            return decoding
        ordered = sorted(decoding, key=lambda each: each.rank)
        n_kv = 0
        for count, sequence in enumerate(ordered, 1):
            n_kv += sequence.n_computed
            if count > 8 and self._cost.predict(StepShape(0, count, n_kv, 0)) > limit_s:
                return ordered[: count - 1]
        return ordered

    def _prefilling(self) -> list[Sequence]:
        return sorted((each for each in self._running if each.n_pending > 1), key=lambda each: each.rank)

    def _drafts(self, sequence: Sequence, budget: int) -> tuple[int, ...]:
        """Guesses, where no step is under way whose outcome they would depend on, and pages for them are free."""
        if sequence.n_ahead or sequence.only_prefills or budget <= 0:
            return ()
        most = min(budget, sequence.max_len - len(sequence.tokens) - 1)
        drafts = self._draft(sequence.tokens, most) if most > 0 else ()
        try:
            sequence.table.grow_to(sequence.n_computed + 1 + len(drafts))
        except OutOfPages:
            return ()
        return drafts

    def _prefill_budget(self, decoding: list[Chunk], budget: int) -> int:
        """So much that those who decode do not wait longer for their next token than they should."""
        if not decoding or budget <= CHUNKS[0]:
            return budget
        shape = Plan(tuple(decoding)).shape
        context = max((each.n_computed for each in self._prefilling()), default=0)
        fitting = (*(size for size in CHUNKS if size < budget), budget)
        return self._cost.largest_chunk(shape, context, self._config.inter_token_s, fitting)

    def _admit(self, queue: WaitingQueue, budget: int, chunks: list[Chunk]) -> int:
        """Let newcomers in by rank. The first that does not fit holds up those behind it, or it would never fit."""
        used = 0
        for sequence in queue:
            if used == budget or len(self._running) >= self._config.max_rows:
                break
            if self._policy.in_flight and self._is_being_computed(sequence):
                continue
            if not self._let_in(sequence):
                break
            queue.remove(sequence)
            self._running.append(sequence)
            n_tokens = min(sequence.n_pending, budget - used)
            chunks.append(self._book(sequence, n_tokens))
            used += n_tokens
        return used

    def _is_being_computed(self, sequence: Sequence) -> bool:
        """Somebody else is computing what this one needs next: waiting for it costs less than doing it again."""
        digests = sequence.table.digests(sequence.tokens)
        n_known = len(sequence.table.known(sequence.tokens))
        if n_known >= (len(sequence.tokens) - 1) // self._pool.page_size:
            return False
        return digests[n_known] in self._computing

    def _let_in(self, sequence: Sequence) -> bool:
        """Reserve pages for all a newcomer brings, only out of what is available: nobody is set back for it."""
        pool = self._pool
        known = sequence.table.known(sequence.tokens)
        wanted = pool.pages_for(min(sequence.max_len, len(sequence.tokens) + sequence.expected)) - len(known)
        available = pool.n_available - sum(1 for page in known if not pool.is_held(page))
        if self._running and wanted + self._promised() > available:
            return False
        if pool.pages_for(len(sequence.tokens)) - len(known) > available:
            if self._running or not self._make_room():
                return False
            return self._let_in(sequence)
        sequence.n_computed = sequence.n_done = sequence.n_cached = sequence.table.match(sequence.tokens)
        sequence.table.grow_to(len(sequence.tokens))
        for digest in sequence.table.digests(sequence.tokens)[len(known) :]:
            self._computing.setdefault(digest, sequence)
        self.counts.prompt += len(sequence.tokens)
        self.counts.cached += sequence.n_cached
        return True

    def _promised(self) -> int:
        """Pages that those who run will probably still need."""
        return sum(
            max(0, self._pool.pages_for(min(each.max_len, each.n_prompt + each.expected)) - len(each.table.pages))
            for each in self._running
        )

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
                victim = max(others, key=lambda each: (each.is_idle, each.rank, each.arrived))
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
        for digest in sequence.table.digests(sequence.tokens):
            if self._computing.get(digest) is sequence:
                del self._computing[digest]
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


def _ended(sequence: Sequence, token: int) -> FinishReason | None:
    if token in sequence.stop_ids:
        return "stop"
    return "length" if len(sequence.tokens) >= sequence.max_len else None
