"""One request inside the engine, and the plan of one step. Plain state: the scheduler alone changes it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from inference.cache.table import BlockTable
from inference.constraint import Constraint
from inference.cost import StepShape
from inference.errors import InferenceError
from inference.request import Begun, FinishReason, SamplingParams

_log = logging.getLogger("inference.engine")


@dataclass(eq=False, slots=True, kw_only=True)
class Sequence:
    """Tokens known so far. Steps may run ahead of them: `n_ahead` more were sampled by steps that are under way."""

    request_id: str
    tokens: list[int]
    n_prompt: int
    params: SamplingParams
    seed: int
    stop_ids: frozenset[int]
    max_len: int
    """It ends when it has this many tokens. That of its prompt: it is only computed, to be found by others."""
    table: BlockTable
    arrived: float = 0.0
    rank: float = 0.0
    """Who goes first: the lowest. Fixed at arrival, so that everybody's turn comes."""
    expected: int = 1
    """Tokens its answer will probably have."""
    n_computed: int = 0
    """Tokens whose keys and values are in pages, or will be when the steps under way are done."""
    n_done: int = 0
    """Of those, what is in pages now."""
    n_ahead: int = 0
    n_cached: int = 0
    """Tokens of the prompt that were found in pages when it was last let in."""
    entered: float | None = None
    """When it was first let in."""
    n_found: int = 0
    """What `n_cached` was then."""
    begun: Begun | None = None
    """Known from its first sampled token on."""
    trust: float = 0.5
    """How often guesses at its next token were right lately."""
    constraint: Constraint | None = None
    """What it may say next; None: anything."""
    epoch: int = 0
    """Raised when it is set back or ends: what steps launched before still bring is void."""
    suspect: bool = False
    """It was in a step that failed, and is computed by itself until it has got a token."""
    failure: InferenceError | None = None
    """Why it ends with the step under way: its constraint broke."""

    @property
    def n_pending(self) -> int:
        """Tokens not computed yet: 1 while decoding, more while prefilling."""
        return len(self.tokens) + self.n_ahead - self.n_computed

    @property
    def n_generated(self) -> int:
        return len(self.tokens) - self.n_prompt

    def begin(self) -> list[Output]:
        """Say what the grammar begins every answer with. Called once, before anything is computed."""
        return self._forced(self.constraint.begin) if self.constraint is not None else []

    def allowed(self) -> bytes | None:
        """What its constraint allows next; None: anything, also where the constraint breaks, which ends it."""
        if self.constraint is None or self.failure is not None:
            return None
        try:
            return self.constraint.allowed()
        except Exception as error:
            self.failure = self._broken(error)
            return None

    def say(self, token: int, scores: Scores | None = None) -> list[Output]:
        """Append a sampled token, and what must follow it by the grammar; the last output tells when it ends."""
        if self.failure is not None:
            return [Output(self.request_id, None, "abort", error=self.failure)]
        first = self._append(token, scores=scores)
        constraint = self.constraint
        if constraint is None or first.finish_reason is not None:
            return [first]
        return [first, *self._forced(lambda: constraint.take(token))]

    def begins(self, now: float) -> Begun:
        """Book that its first token was sampled `now`."""
        entered = now if self.entered is None else self.entered
        self.begun = Begun(min(self.n_found, self.n_prompt), entered - self.arrived, now - entered)
        return self.begun

    def _broken(self, error: Exception) -> InferenceError:
        _log.exception("what binds the answer of request %s broke", self.request_id)
        return InferenceError(
            "constraint_failed", f"What binds this answer broke ({type(error).__name__}); the server's log says where."
        )

    def _forced(self, follow: Callable[[], list[int]]) -> list[Output]:
        assert self.constraint is not None
        try:
            tokens = follow()
        except Exception as error:
            return [Output(self.request_id, None, "abort", error=self._broken(error))]
        outputs: list[Output] = []
        for token in tokens:
            outputs.append(self._append(token, forced=True))
            if outputs[-1].finish_reason is not None:
                return outputs
        if self.constraint.failure is not None:
            outputs.append(Output(self.request_id, None, "abort", error=self.constraint.failure))
        elif self.constraint.ended:
            outputs.append(Output(self.request_id, None, "stop"))
        return outputs

    def _append(self, token: int, *, scores: Scores | None = None, forced: bool = False) -> Output:
        self.tokens.append(token)
        return Output(self.request_id, token, self.ends_with(token), scores=scores, forced=forced)

    def ends_with(self, token: int) -> FinishReason | None:
        """Why the token, its last one now, ends it; None where it goes on."""
        if token in self.stop_ids:
            return "stop"
        return "length" if len(self.tokens) >= self.max_len else None

    @property
    def only_prefills(self) -> bool:
        return self.max_len == self.n_prompt

    @property
    def needs_its_past(self) -> bool:
        """Its next token depends on more than the model, seed and position: what it said must be known before."""
        params = self.params
        edited = params.logit_bias or params.min_tokens or params.presence_penalty or params.frequency_penalty
        told = params.logprobs is not None or params.logprob_token_ids
        return bool(self.constraint is not None or edited or told or params.repetition_penalty != 1.0)

    @property
    def goes_alone(self) -> bool:
        """No other sequence may be in its steps."""
        return self.suspect or self.params.deterministic

    @property
    def is_idle(self) -> bool:
        """Nobody waits for it."""
        return self.params.hints.service == "idle"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Compute tokens `start` to `start + n_tokens` of a sequence, and sample the next one when these are its last.

    `drafts` are guesses at what follows, computed with them and kept as far as the model agrees.
    """

    sequence: Sequence
    start: int
    n_tokens: int
    samples: bool
    epoch: int = 0
    drafts: tuple[int, ...] = ()

    @property
    def is_decode(self) -> bool:
        return self.samples and self.n_tokens == 1 and self.start >= self.sequence.n_prompt


@dataclass(frozen=True, slots=True)
class Group:
    """Chunks `first` to `first + count` of a plan decode, and their sequences begin with the same pages."""

    first: int
    count: int
    n_tokens: int
    """In those pages."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one step computes: decoding and prefilling sequences in one vocabulary. Steps are numbered from 1."""

    chunks: tuple[Chunk, ...]
    step: int = 0
    groups: tuple[Group, ...] = ()
    """In the chunks' order. Attention may read what each has in common once, or heed none."""
    copies: tuple[tuple[int, int], ...] = ()
    """Pages to copy before anything is computed: from, to. What the target held is of no use to anybody."""

    @property
    def shape(self) -> StepShape:
        decoding = [chunk for chunk in self.chunks if chunk.is_decode]
        prefilling = [chunk for chunk in self.chunks if not chunk.is_decode]
        saved = sum((group.count - 1) * group.n_tokens for group in self.groups)
        return StepShape(
            n_prefill=sum(chunk.n_tokens for chunk in prefilling),
            n_decode=sum(1 + len(chunk.drafts) for chunk in decoding),
            n_kv=sum(chunk.start + 1 for chunk in decoding) - saved,
            prefill_context=sum(chunk.n_tokens * (chunk.start + chunk.n_tokens // 2) for chunk in prefilling)
            + sum(group.n_tokens * self._asking(group) for group in self.groups),
        )

    def _asking(self, group: Group) -> int:
        """New tokens of a group, drafts among them."""
        return sum(1 + len(chunk.drafts) for chunk in self.chunks[group.first : group.first + group.count])


@dataclass(frozen=True, slots=True)
class Scores:
    """Natural log-probabilities under the model itself: of the token, (token, log-probability) of the likeliest, the
    best first, and of `logprob_token_ids`, in their order."""

    logprob: float
    top: tuple[tuple[int, float], ...] = ()
    asked: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Output:
    """A token of a request, or its end without one."""

    request_id: str
    token: int | None
    finish_reason: FinishReason | None = None
    scores: Scores | None = None
    forced: bool = False
    """The grammar left no choice, so the model was not asked."""
    error: InferenceError | None = None
    """With `abort`: why it could not go on."""
    begun: Begun | None = field(default=None, compare=False)
    """With the first token that was sampled. Times differ where what is said does not."""
