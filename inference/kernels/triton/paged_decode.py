"""Decode attention over a paged cache: few new tokens a row, long contexts. Bound by reading keys and values once.

The pages of a row are split over programs (`shared.splits`). Query heads that share a key head are one tile, so that
keys are read once. Keys in 8 bits give their scales to the scores, values give theirs to the softmax weights.
"""

from __future__ import annotations

import math

import torch
import triton
import triton.language as tl
from torch import Tensor

from inference.kernels.kv_format import page_size, scale_bytes
from inference.kernels.triton.shared.e4m3 import LIFT, LOWERED, power_of
from inference.kernels.triton.shared.launch import launch, power_of_two
from inference.kernels.triton.shared.softmax import absorb
from inference.kernels.triton.shared.splits import combined, count, scratch, share


@triton.jit(do_not_specialize=["table_stride"])
def _attend(
    query,
    keys,
    values,
    key_scales,
    value_scales,
    page_table,
    seq_lens,
    out,
    partial,
    weight,
    scale_log2,
    query_row,
    query_token,
    query_head,
    page_stride,
    head_stride,
    token_stride,
    table_stride,
    out_row,
    out_token,
    out_head,
    SPLITS: tl.constexpr,
    MIN_PAGES: tl.constexpr,
    WINDOW: tl.constexpr,
    Q_LEN: tl.constexpr,
    GROUP: tl.constexpr,
    PAGE: tl.constexpr,
    HEAD_DIM: tl.constexpr,
    BLOCK_D: tl.constexpr,
    BLOCK_M: tl.constexpr,
):
    """Program (row, key head, split): attention of BLOCK_M >= Q_LEN * GROUP queries over the split's pages.

    Query i of the tile is head i % GROUP of token i // GROUP. Tiles: scores (BLOCK_M, PAGE), result (BLOCK_M, BLOCK_D).
    """
    row = tl.program_id(0)
    kv_head = tl.program_id(1)
    split = tl.program_id(2)
    length = tl.load(seq_lens + row)
    first, last, per_split = share(length, SPLITS, MIN_PAGES, WINDOW, Q_LEN, PAGE)
    begin = first + split * per_split
    end = tl.minimum(begin + per_split, last)
    if SPLITS > 1:
        if begin >= end:
            return

    at_m = tl.arange(0, BLOCK_M)
    at_n = tl.arange(0, PAGE)
    at_d = tl.arange(0, BLOCK_D)
    real = at_m < Q_LEN * GROUP
    inside = at_d < HEAD_DIM
    token = at_m // GROUP
    head = kv_head * GROUP + at_m % GROUP
    position = length - Q_LEN + token
    tile = (real[:, None]) & (inside[None, :])

    asked = query + row.to(tl.int64) * query_row + token[:, None] * query_token + head[:, None] * query_head
    q = tl.load(asked + at_d[None, :], mask=tile, other=0.0)
    best = tl.full((BLOCK_M,), float("-inf"), tl.float32)
    total = tl.zeros((BLOCK_M,), tl.float32)
    mixed = tl.zeros((BLOCK_M, BLOCK_D), tl.float32)
    within = kv_head * head_stride + at_n[:, None] * token_stride + at_d[None, :]
    for page in range(begin, end):
        number = tl.load(page_table + row * table_stride + page).to(tl.int64)
        at = page * PAGE + at_n
        written = at < length
        held = number * page_stride + within
        k = tl.load(keys + held, mask=inside[None, :], other=0.0).to(q.dtype)
        scores = tl.dot(q, tl.trans(k), input_precision="ieee") * scale_log2
        seen = (at[None, :] <= position[:, None]) & written[None, :]
        if WINDOW > 0:
            seen = seen & (at[None, :] > position[:, None] - WINDOW)
        # Places not written yet may hold NaN, which a weight of 0 would not silence.
        v = tl.load(values + held, mask=written[:, None] & inside[None, :], other=0.0)
        v = v.to(q.dtype)
        by = None
        if key_scales is not None:
            scaled = number * page_stride + kv_head * head_stride + PAGE * token_stride + at_n
            scores = scores * power_of(tl.load(key_scales + scaled, mask=written, other=0).to(tl.int32))[None, :]
            by = power_of(tl.load(value_scales + scaled, mask=written, other=0).to(tl.int32) + LIFT)
        best, total, mixed = absorb(tl.where(seen, scores, float("-inf")), v, best, total, mixed, by)

    divisor = tl.where(total == 0.0, 1.0, total)
    result = mixed / divisor[:, None]
    if key_scales is not None:
        result = result * LOWERED
    if SPLITS == 1:
        place = out + row.to(tl.int64) * out_row + token[:, None] * out_token + head[:, None] * out_head
        tl.store(place + at_d[None, :], result, mask=tile)
    else:
        slot = (row * tl.num_programs(1) + kv_head) * SPLITS + split
        at_slot = slot.to(tl.int64) * (Q_LEN * GROUP) + at_m
        tl.store(partial + at_slot[:, None] * HEAD_DIM + at_d[None, :], result, mask=tile)
        tl.store(weight + at_slot, best + tl.log2(divisor), mask=real)


def paged_attention(
    query: Tensor,
    cache: Tensor,
    page_table: Tensor,
    seq_lens: Tensor,
    window: int | None,
    scale: float | None = None,
    deterministic: bool = False,
    *,
    programs: int = 528,
    min_pages: int = 4,
    num_warps: int = 4,
    num_stages: int = 3,
) -> Tensor:
    """As `reference.paged_attention`; the query may be a view, its last dimension contiguous.

    programs: how many to spread the pages over, 4 for each of 132 processors; min_pages: fewest for one of them,
    the same for every batch if deterministic. Rounding: scores and sums in fp32, softmax weights in
    the values' dtype, so results differ from the twin's by about that dtype's precision.
    """
    rows, q_len, n_heads, head_dim = query.shape
    n_kv_heads = cache.shape[2]
    group = n_heads // n_kv_heads
    splits = count(
        rows * n_kv_heads, page_table.shape[1], programs=programs, min_pages=min_pages, deterministic=deterministic
    )
    out = torch.empty(query.shape, dtype=query.dtype, device=query.device)
    partial, weight = scratch(rows, n_kv_heads, splits, q_len * group, head_dim, query.device)
    shape = {
        "SPLITS": splits,
        "MIN_PAGES": min_pages,
        "WINDOW": window or 0,
        "Q_LEN": q_len,
        "GROUP": group,
        "PAGE": page_size(cache),
    }
    launch(
        _attend,
        (rows, n_kv_heads, splits),
        query,
        cache[0],
        cache[1],
        scale_bytes(cache, 0),
        scale_bytes(cache, 1),
        page_table,
        seq_lens,
        out,
        partial,
        weight,
        (head_dim**-0.5 if scale is None else scale) * math.log2(math.e),
        *query.stride()[:3],
        *cache.stride()[1:4],
        page_table.stride(0),
        *out.stride()[:3],
        **shape,
        HEAD_DIM=head_dim,
        BLOCK_D=power_of_two(head_dim),
        BLOCK_M=max(16, power_of_two(q_len * group)),
        num_warps=num_warps,
        num_stages=num_stages,
    )
    if splits > 1:
        combined(partial, weight, seq_lens, out, shape)
    return out
