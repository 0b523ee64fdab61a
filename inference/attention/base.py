"""What a decoder layer may ask of attention, and what one step tells it. Knows no kernel and no scheduler."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

import torch
from torch import Tensor

from inference.layers.lora import AdapterRows

MAX_DECODE = 4
"""Most new tokens of a row that decodes: one, and drafts to check. More is a chunk of a prompt."""


@dataclass(frozen=True, slots=True)
class Span:
    """The tokens one sequence adds in this step: `start` to `start + n_new` of the flat batch."""

    start: int
    n_new: int
    context: int
    """Length of the sequence with these tokens in it."""


@dataclass(frozen=True, slots=True)
class Call:
    """Neighbouring rows that attention serves together: all decode, by equally many tokens, or all are chunks."""

    rows: slice
    tokens: slice
    max_new: int
    starts: Tensor | None
    """(n_rows + 1,) int32: where each chunk begins among `tokens`, and the end. None where rows decode."""


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
    page_table: Tensor
    """(n_rows, max_pages) int32: the pages of each sequence in order, then the dummy page 0."""
    seq_lens: Tensor
    """(n_rows,) int32: length of each sequence, the new tokens in it."""
    calls: tuple[Call, ...]
    adapters: AdapterRows | None = None
    """None: no row asks for an adapter."""


class AttentionBackend(Protocol):
    """Owns no cache: the runner passes the layer's slice. Called on the engine's thread only."""

    def attend(self, query: Tensor, *, cache: Tensor, batch: StepBatch, window: int | None) -> Tensor:
        """Causal attention of the new tokens, whose keys and values are in `cache` already.

        query: (n_tokens, n_heads, head_dim), cache: (2, n_pages, n_kv_heads, page_size, head_dim).
        Returns (n_tokens, n_heads, head_dim).
        """
        ...

    def attend_latents(self, query: Tensor, up: Tensor, *, cache: Tensor, batch: StepBatch, scale: float) -> Tensor:
        """The same over latents (DeepSeek's MLA), which are in `cache` already.

        query: (n_tokens, n_heads, plain + rotary), the rotary part turned; up: (n_heads, plain + value, rank), which
        makes a head's key and value of a latent; cache: (n_pages, page_size, rank + rotary); scale: of the scores.
        Returns (n_tokens, n_heads, value).
        """
        ...


def calls(spans: Sequence[Span], device: torch.device) -> tuple[Call, ...]:
    """How to serve rows in their order with as few calls as can be."""
    found: list[Call] = []
    row = 0
    for decoding, group in groupby(spans, lambda span: span.n_new if span.n_new <= MAX_DECODE else None):
        rows = list(group)
        begin, end = rows[0].start, rows[-1].start + rows[-1].n_new
        starts = None
        if decoding is None:
            bounds = [*(span.start - begin for span in rows), end - begin]
            starts = torch.tensor(bounds, dtype=torch.int32, device=device)
        longest = max(span.n_new for span in rows)
        found.append(Call(slice(row, row + len(rows)), slice(begin, end), longest, starts))
        row += len(rows)
    return tuple(found)
