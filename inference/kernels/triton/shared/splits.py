"""Flash-decoding (Dao et al., 2023): the pages of a row are split over programs, a second kernel weighs their results.

Each program keeps its fp32 result and the log2 of its softmax denominator. Results are combined in the splits' order:
every run gives the same. Knows rows, heads and pages; not what a program computes.
"""

from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

from inference.kernels.triton.shared.launch import ceil_div, launch, power_of_two

DETERMINISTIC_SPLITS = 16


def count(rows_and_heads: int, max_pages: int, *, programs: int, min_pages: int, deterministic: bool) -> int:
    """Into how many parts a row's pages are split at most: a power of two, so that few variants are compiled.

    programs: how many the GPU should get to do. deterministic: the same for every batch, so that a row's result depends
    on its own length alone.
    """
    if deterministic:
        return DETERMINISTIC_SPLITS
    spread = ceil_div(programs, max(1, rows_and_heads))
    # 64 pages at most for one program, or the longest row of a large batch would be waited for.
    return power_of_two(max(1, min(max(spread, ceil_div(max_pages, 64)), ceil_div(max_pages, min_pages))))


def scratch(
    rows: int, kv_heads: int, splits: int, queries: int, dim: int, device: torch.device
) -> tuple[Tensor, Tensor]:
    """(partial, weight): what `share`'s programs leave for `combine`; empty where one program does a whole row."""
    parts = (rows, kv_heads, splits, queries) if splits > 1 else (0,)
    partial = torch.empty((*parts, dim), dtype=torch.float32, device=device)
    return partial, torch.empty(parts, dtype=torch.float32, device=device)


def combined(partial: Tensor, weight: Tensor, seq_lens: Tensor, out: Tensor, shape: dict[str, Any]) -> None:
    """Weigh the splits into out: (rows, q_len, n_heads, dim). shape: the constants the splits were made with."""
    rows, kv_heads, _, queries, dim = partial.shape
    names = ("SPLITS", "MIN_PAGES", "WINDOW", "Q_LEN", "GROUP", "PAGE")
    launch(
        combine,
        (rows, kv_heads, queries),
        partial,
        weight,
        seq_lens,
        out,
        *out.stride()[:3],
        **{name: shape[name] for name in names},
        DIM=dim,
        BLOCK_D=min(128, power_of_two(dim)),
        num_warps=4,
    )


@triton.jit
def share(
    length,
    SPLITS: tl.constexpr,
    MIN_PAGES: tl.constexpr,
    WINDOW: tl.constexpr,
    Q_LEN: tl.constexpr,
    PAGE: tl.constexpr,
):
    """First page any query of the row looks at, one past the last, and how many pages a split takes."""
    first = length * 0
    if WINDOW > 0:
        first = tl.maximum(length - Q_LEN - WINDOW + 1, 0) // PAGE
    last = tl.cdiv(length, PAGE)
    return first, last, tl.maximum(tl.cdiv(last - first, SPLITS), MIN_PAGES)


@triton.jit
def combine(
    partial,
    weight,
    seq_lens,
    out,
    out_row,
    out_token,
    out_head,
    SPLITS: tl.constexpr,
    MIN_PAGES: tl.constexpr,
    WINDOW: tl.constexpr,
    Q_LEN: tl.constexpr,
    GROUP: tl.constexpr,
    DIM: tl.constexpr,
    PAGE: tl.constexpr,
    BLOCK_D: tl.constexpr,
):
    """Program (row, key head, query): the splits' results, each by its part of the denominator, in order."""
    row = tl.program_id(0)
    kv_head = tl.program_id(1)
    query = tl.program_id(2)
    first, last, per_split = share(tl.load(seq_lens + row), SPLITS, MIN_PAGES, WINDOW, Q_LEN, PAGE)
    at_s = tl.arange(0, SPLITS)
    used = at_s * per_split < last - first
    slot = (row * tl.num_programs(1) + kv_head) * SPLITS + at_s
    at_slot = slot.to(tl.int64) * (Q_LEN * GROUP) + query
    weights = tl.load(weight + at_slot, mask=used, other=float("-inf"))
    best = tl.max(weights, axis=0)
    weights = tl.exp2(weights - tl.where(best == float("-inf"), 0.0, best))
    total = tl.sum(weights, axis=0)
    divisor = tl.where(total == 0.0, 1.0, total)
    head = kv_head * GROUP + query % GROUP
    place = out + row.to(tl.int64) * out_row + (query // GROUP) * out_token + head * out_head
    for begin in range(0, DIM, BLOCK_D):
        at_d = begin + tl.arange(0, BLOCK_D)
        inside = at_d < DIM
        held = partial + at_slot[:, None] * DIM + at_d[None, :]
        parts = tl.load(held, mask=used[:, None] & inside[None, :], other=0.0)
        tl.store(place + at_d, tl.sum(parts * weights[:, None], axis=0) / divisor, mask=inside)
