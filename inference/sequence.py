"""One request inside the engine, and the plan of one step. Plain state: the scheduler alone changes it."""

from __future__ import annotations

from dataclasses import dataclass, field

from inference.blocks import BlockTable
from inference.request import FinishReason, SamplingParams


@dataclass(eq=False, slots=True, kw_only=True)
class Sequence:
    """Tokens known so far, of which the first `n_computed` have their keys and values in `table`'s pages."""

    request_id: str
    tokens: list[int]
    n_prompt: int
    params: SamplingParams
    seed: int
    stop_ids: frozenset[int]
    max_len: int
    """It ends when it has this many tokens."""
    table: BlockTable
    n_computed: int = 0

    @property
    def n_pending(self) -> int:
        """Known tokens not computed yet: 1 while decoding, more while prefilling."""
        return len(self.tokens) - self.n_computed

    @property
    def n_generated(self) -> int:
        return len(self.tokens) - self.n_prompt


@dataclass(frozen=True, slots=True)
class Chunk:
    """Compute tokens `start` to `start + n_tokens` of a sequence, and sample the next one when these are its last."""

    sequence: Sequence
    start: int
    n_tokens: int
    samples: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What one step computes: decoding and prefilling sequences in one vocabulary."""

    chunks: tuple[Chunk, ...]


@dataclass(frozen=True, slots=True)
class Output:
    """A token of a request. `token` is None only when the request ends without one."""

    request_id: str
    token: int
    finish_reason: FinishReason | None = field(default=None)
