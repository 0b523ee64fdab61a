"""What a decoder layer may ask of attention, and what one step tells it. Knows no kernel and no scheduler."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
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
class Beginning:
    """Rows `first` to `first + count` decode, and begin with the same pages, which are full."""

    first: int
    count: int
    n_pages: int


@dataclass(frozen=True, slots=True)
class Shared:
    """Which rows of a call begin with the same pages."""

    groups: Tensor
    """(n_groups + 1,) int32: where each group begins among the call's rows, and the end."""
    n_pages: Tensor
    """(n_rows,) int32: how many a row has in common with its group."""
    max_group: int
    """Most new tokens of a group."""


@dataclass(frozen=True, slots=True)
class Call:
    """Neighbouring rows that attention serves together: all decode, by equally many tokens, or all are chunks, or all
    decode in groups that begin with the same pages, by as many tokens as each likes."""

    rows: slice
    tokens: slice
    max_new: int
    starts: Tensor | None
    """(n_rows + 1,) int32: where each chunk begins among `tokens`, and the end. None where rows decode by equally many
    tokens."""
    shared: Shared | None = None
    """None: no row is known to begin as another does."""


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
    deterministic: bool = False
    """Whether a row's attention must be the same to the bit whoever shares the step."""


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


def calls(spans: Sequence[Span], device: torch.device, beginnings: Sequence[Beginning] = ()) -> tuple[Call, ...]:
    """How to serve rows in their order with as few calls as can be. `beginnings` are in that order too."""
    grouped = {row for each in beginnings for row in range(each.first, each.first + each.count)}
    found: list[Call] = []
    row = 0
    for kind, group in groupby(enumerate(spans), lambda item: _kind(item[1], item[0] in grouped)):
        rows = [span for _, span in group]
        begin, end = rows[0].start, rows[-1].start + rows[-1].n_new
        place = slice(row, row + len(rows))
        bounds = [*(span.start - begin for span in rows), end - begin]
        starts = _ints(bounds, device) if isinstance(kind, str) else None
        among = [each for each in beginnings if row <= each.first < place.stop]
        longest = max(span.n_new for span in rows)
        found.append(Call(place, slice(begin, end), longest, starts, _shared(among, row, bounds, device)))
        row = place.stop
    return tuple(found)


def _kind(span: Span, is_grouped: bool) -> int | str:
    """Neighbours of one kind share a call."""
    if is_grouped:
        return "grouped"
    return span.n_new if span.n_new <= MAX_DECODE else "chunk"


def _shared(beginnings: Sequence[Beginning], row: int, bounds: list[int], device: torch.device) -> Shared | None:
    """`bounds`: where the call's rows begin among its tokens, and the end; `row`: the first of them."""
    if not beginnings:
        return None
    firsts = [*(each.first - row for each in beginnings), len(bounds) - 1]
    most = max(bounds[after] - bounds[first] for first, after in pairwise(firsts))
    n_pages = [each.n_pages for each in beginnings for _ in range(each.count)]
    return Shared(_ints(firsts, device), _ints(n_pages, device), most)


def _ints(values: list[int], device: torch.device) -> Tensor:
    return torch.tensor(values, dtype=torch.int32, device=device)
