"""What follows a step: new tokens join their rows' histories, rows end, and drafts are looked up in the row's own text.

One program a row; nothing goes to the host. Bound by the window's one reading, 16 KiB at most.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from inference.kernels.reference.advance import FULL, LONGEST, SHORTEST, STOPPED, WINDOW
from inference.kernels.triton.shared.launch import launch, power_of_two


@triton.jit
def _advance(
    history,
    lengths,
    new_tokens,
    n_new,
    least,
    limits,
    stops,
    kept,
    state,
    drafts,
    history_row,
    MOST: tl.constexpr,
    STOPS: tl.constexpr,
    DRAFTS: tl.constexpr,
    BLOCK_MOST: tl.constexpr,
    BLOCK_STOPS: tl.constexpr,
    BLOCK_DRAFTS: tl.constexpr,
    STOPPED: tl.constexpr,
    FULL: tl.constexpr,
    WINDOW: tl.constexpr,
    LONGEST: tl.constexpr,
    SHORTEST: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """Program (row)."""
    row = tl.program_id(0)
    told = history + row.to(tl.int64) * history_row
    length = tl.load(lengths + row)
    n = tl.load(n_new + row)
    at = tl.arange(0, BLOCK_MOST)
    token = tl.load(new_tokens + row * MOST + at, mask=at < n, other=0)
    at_stop = tl.arange(0, BLOCK_STOPS)
    stop = tl.load(stops + row * STOPS + at_stop, mask=at_stop < STOPS, other=-1)
    reached = length + at + 1
    stopping = tl.max((token[:, None] == stop[None, :]).to(tl.int32), axis=1) > 0
    stopping = stopping & (reached > tl.load(least + row)) & (at < n)
    ending = stopping | ((reached >= tl.load(limits + row)) & (at < n))
    last = tl.min(tl.where(ending, at, BLOCK_MOST), axis=0)
    taken = tl.minimum(last + 1, n)
    stopped = tl.max((stopping & (at == last)).to(tl.int32), axis=0)
    outcome = tl.where(last == BLOCK_MOST, 0, tl.where(stopped > 0, STOPPED, FULL))
    tl.store(told + length + at, token, mask=at < taken)
    tl.store(lengths + row, length + taken)
    tl.store(kept + row, taken)
    tl.store(state + row, outcome)
    if DRAFTS > 0:
        # The search reads what other threads of this program have just written.
        tl.debug_barrier()
        place = length * 0
        if (outcome == 0) & (n > 0):
            place = _followed(told, length + taken, WINDOW, LONGEST, SHORTEST, BLOCK)
        at_draft = tl.arange(0, BLOCK_DRAFTS)
        said = place + at_draft < tl.where(place > 0, length + taken, 0)
        found = tl.load(told + place + at_draft, mask=said, other=-1)
        tl.store(drafts + row * DRAFTS + at_draft, found, mask=at_draft < DRAFTS)


@triton.jit
def _followed(told, length, WINDOW: tl.constexpr, LONGEST: tl.constexpr, SHORTEST: tl.constexpr, BLOCK: tl.constexpr):
    """Behind which place the longest tail occurs, of several the latest; 0 when there is none."""
    start = tl.maximum(length - WINDOW, 0)
    best = length * 0
    for begin in range(start + 1, length, BLOCK):
        end = begin + tl.arange(0, BLOCK)
        same = end < length
        size = tl.zeros((BLOCK,), tl.int32)
        for back in tl.static_range(1, LONGEST + 1):
            # Tokens are not negative, so what is outside equals nothing.
            wanted = tl.load(told + tl.maximum(length - back, start))
            wanted = tl.where(length - back >= start, wanted, -2)
            same = same & (tl.load(told + end - back, mask=same & (end - back >= start), other=-1) == wanted)
            size = tl.where(same, back, size)
        best = tl.maximum(best, tl.max(tl.where(size >= SHORTEST, (size << 27) | end, 0), axis=0))
    return best & ((1 << 27) - 1)


def advance_rows(
    history: Tensor,
    lengths: Tensor,
    new_tokens: Tensor,
    n_new: Tensor,
    least: Tensor,
    limits: Tensor,
    stops: Tensor,
    n_drafts: int,
    *,
    num_warps: int = 4,
) -> tuple[Tensor, Tensor, Tensor]:
    """As `reference.advance_rows`, all contiguous, fewer than 2 ** 27 tokens a row."""
    rows, most = new_tokens.shape
    n_stops = stops.shape[1]
    kept, state = (torch.empty((rows,), dtype=torch.int32, device=history.device) for _ in range(2))
    drafts = torch.empty((rows, n_drafts), dtype=torch.int32, device=history.device)
    launch(
        _advance,
        (rows,),
        history,
        lengths,
        new_tokens,
        n_new,
        least,
        limits,
        stops,
        kept,
        state,
        drafts,
        history.stride(0),
        MOST=most,
        STOPS=n_stops,
        DRAFTS=n_drafts,
        BLOCK_MOST=power_of_two(most),
        BLOCK_STOPS=power_of_two(max(1, n_stops)),
        BLOCK_DRAFTS=power_of_two(max(1, n_drafts)),
        STOPPED=STOPPED,
        FULL=FULL,
        WINDOW=WINDOW,
        LONGEST=LONGEST,
        SHORTEST=SHORTEST,
        BLOCK=1024,
        num_warps=num_warps,
    )
    return kept, state, drafts
