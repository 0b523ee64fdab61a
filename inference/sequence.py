"""One request inside the engine, and the plan of one step. Plain state: the scheduler alone changes it."""

from __future__ import annotations

from dataclasses import dataclass, field

from inference.cache.table import BlockTable
from inference.cost import StepShape
from inference.request import FinishReason, SamplingParams


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
    epoch: int = 0
    """Raised when it is set back or ends: what steps launched before still bring is void."""

    @property
    def n_pending(self) -> int:
        """Tokens not computed yet: 1 while decoding, more while prefilling."""
        return len(self.tokens) + self.n_ahead - self.n_computed

    @property
    def n_generated(self) -> int:
        return len(self.tokens) - self.n_prompt

    @property
    def only_prefills(self) -> bool:
        return self.max_len == self.n_prompt

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
class Plan:
    """What one step computes: decoding and prefilling sequences in one vocabulary. Steps are numbered from 1."""

    chunks: tuple[Chunk, ...]
    step: int = 0

    @property
    def shape(self) -> StepShape:
        decoding = [chunk for chunk in self.chunks if chunk.is_decode]
        prefilling = [chunk for chunk in self.chunks if not chunk.is_decode]
        return StepShape(
            n_prefill=sum(chunk.n_tokens for chunk in prefilling),
            n_decode=sum(1 + len(chunk.drafts) for chunk in decoding),
            n_kv=sum(chunk.start + 1 for chunk in decoding),
            prefill_context=sum(chunk.n_tokens * (chunk.start + chunk.n_tokens // 2) for chunk in prefilling),
        )


@dataclass(frozen=True, slots=True)
class Output:
    """A token of a request, or its end without one."""

    request_id: str
    token: int | None
    finish_reason: FinishReason | None = field(default=None)
