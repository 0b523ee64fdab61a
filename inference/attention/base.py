"""What a decoder layer may ask of attention, and what one step tells it. Knows no kernel and no scheduler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor


@dataclass(frozen=True, slots=True)
class Span:
    """The tokens one sequence adds in this step: rows `start` to `start + n_new` of the flat batch."""

    start: int
    n_new: int
    context: int
    """Length of the sequence with these tokens in it."""
    pages: Tensor
    """(n_pages_held,) int64, in order."""


@dataclass(frozen=True, slots=True)
class StepBatch:
    """Everything layers need about one step, passed explicitly: two engines in one process never meet."""

    ids: Tensor
    """(n_tokens,) int64: the new tokens of all sequences, one after the other."""
    positions: Tensor
    """(n_tokens,) int64."""
    write_pages: Tensor
    """(n_tokens,) int64: the page each token's key and value go to."""
    write_offsets: Tensor
    """(n_tokens,) int64: the place in that page."""
    spans: tuple[Span, ...]


class AttentionBackend(Protocol):
    """Owns no cache: the runner passes the layer's slice. Called on the engine's thread only."""

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, *, cache: Tensor, batch: StepBatch, window: int | None
    ) -> Tensor:
        """Write key and value into `cache`, then attend.

        query: (n_tokens, n_heads, head_dim); key, value: (n_tokens, n_kv_heads, head_dim);
        cache: (2, n_pages, n_kv_heads, page_size, head_dim). Returns (n_tokens, n_heads, head_dim).
        """
        ...
