"""Decode attention of rows that begin with the same pages: those are read once for all of them.

Cascade inference (FlashInfer) and Hydragen (arXiv 2402.05099): one pass over the shared pages with the queries of a
whole group in a tile, one over each row's own pages, and the results weighed by their parts of the softmax denominator
(`shared.splits`). Siblings of a parallel region make such groups. Keys in 8 bits as in `paged_decode`.
"""

from __future__ import annotations

import math

import torch
import triton
import triton.language as tl
from torch import Tensor

from inference.kernels.kv_format import page_size, scale_bytes
from inference.kernels.triton.shared.e4m3 import LIFT, LOWERED, power_of
from inference.kernels.triton.shared.launch import ceil_div, launch, power_of_two
from inference.kernels.triton.shared.softmax import absorb
from inference.kernels.triton.shared.splits import combined, scratch


@triton.jit
def _over_pages(
    q,
    keys,
    values,
    key_scales,
    value_scales,
    table,
    begin,
    end,
    position,
    length,
    scale_log2,
    page_stride,
    within_head,
    token_stride,
    inside,
    MASKED: tl.constexpr,
    PAGE: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_D: tl.constexpr,
):
    """(best, total, mixed) of a tile of queries over pages `begin` to `end` of a row's table. MASKED: some places come
    after a query, or are not written."""
    at_n = tl.arange(0, PAGE)
    at_d = tl.arange(0, BLOCK_D)
    best = tl.full((BLOCK_M,), float("-inf"), tl.float32)
    total = tl.zeros((BLOCK_M,), tl.float32)
    mixed = tl.zeros((BLOCK_M, BLOCK_D), tl.float32)
    for page in range(begin, end):
        number = tl.load(table + page).to(tl.int64)
        held = number * page_stride + within_head
        places = held + at_n[:, None] * token_stride + at_d[None, :]
        written = page * PAGE + at_n < length
        k = tl.load(keys + places, mask=inside[None, :], other=0.0).to(q.dtype)
        scores = tl.dot(q, tl.trans(k), input_precision="ieee") * scale_log2
        if MASKED:
            # Places not written yet may hold NaN, which a weight of 0 would not silence.
            v = tl.load(values + places, mask=written[:, None] & inside[None, :], other=0.0)
        else:
            v = tl.load(values + places, mask=inside[None, :], other=0.0)
        v = v.to(q.dtype)
        by = None
        if key_scales is not None:
            scaled = held + PAGE * token_stride + at_n
            scores = scores * power_of(tl.load(key_scales + scaled, mask=written, other=0).to(tl.int32))[None, :]
            by = power_of(tl.load(value_scales + scaled, mask=written, other=0).to(tl.int32) + LIFT)
        if MASKED:
            seen = (page * PAGE + at_n)[None, :] <= position[:, None]
            scores = tl.where(seen & written[None, :], scores, float("-inf"))
        best, total, mixed = absorb(scores, v, best, total, mixed, by)
    return best, total, mixed


@triton.jit(do_not_specialize=["table_stride", "n_tiles", "slots"])
def _attend(
    query,
    keys,
    values,
    key_scales,
    value_scales,
    page_table,
    starts,
    seq_lens,
    groups,
    shared,
    partial,
    weight,
    scale_log2,
    query_token,
    query_head,
    page_stride,
    head_stride,
    token_stride,
    table_stride,
    n_tiles,
    slots,
    OWN: tl.constexpr,
    SPLITS: tl.constexpr,
    FIRST_SLOT: tl.constexpr,
    MIN_PAGES: tl.constexpr,
    GROUP: tl.constexpr,
    PAGE: tl.constexpr,
    HEAD_DIM: tl.constexpr,
    BLOCK_D: tl.constexpr,
    BLOCK_M: tl.constexpr,
):
    """Program (tile, key head, split): BLOCK_M // GROUP tokens over a split of pages. The tile is of a row's tokens and
    its own pages with OWN, else of a group's tokens and its shared pages.

    Query i of a tile is head i % GROUP of token i // GROUP. A split without pages leaves a result of no weight.
    """
    unit = tl.program_id(0) // n_tiles
    tile = tl.program_id(0) % n_tiles
    kv_head = tl.program_id(1)
    split = tl.program_id(2)
    if OWN:
        row = unit
        after = row + 1
        first = tl.load(shared + row)
        length = tl.load(seq_lens + row)
        last = tl.cdiv(length, PAGE)
    else:
        row = tl.load(groups + unit)
        after = tl.load(groups + unit + 1)
        first = row * 0
        last = tl.load(shared + row)
        length = last * PAGE
    start = tl.load(starts + row)
    stop = tl.load(starts + after)
    per_split = tl.maximum(tl.cdiv(last - first, SPLITS), MIN_PAGES)
    begin = first + split * per_split

    at_m = tl.arange(0, BLOCK_M)
    at_d = tl.arange(0, BLOCK_D)
    inside = at_d < HEAD_DIM
    token = start + tile * (BLOCK_M // GROUP) + at_m // GROUP
    real = (at_m < BLOCK_M // GROUP * GROUP) & (token < stop)
    head = at_m % GROUP
    asked = query + token.to(tl.int64)[:, None] * query_token + (kv_head * GROUP + head)[:, None] * query_head
    q = tl.load(asked + at_d[None, :], mask=real[:, None] & inside[None, :], other=0.0)
    best, total, mixed = _over_pages(
        q,
        keys,
        values,
        key_scales,
        value_scales,
        page_table + row.to(tl.int64) * table_stride,
        begin,
        tl.minimum(begin + per_split, last),
        length - stop + token,
        length,
        scale_log2,
        page_stride,
        kv_head * head_stride,
        token_stride,
        inside,
        OWN,
        PAGE,
        BLOCK_M,
        BLOCK_D,
    )
    divisor = tl.where(total == 0.0, 1.0, total)
    result = mixed / divisor[:, None]
    if key_scales is not None:
        result = result * LOWERED
    slot = (token * tl.num_programs(1) + kv_head) * slots + FIRST_SLOT + split
    at_slot = slot.to(tl.int64) * GROUP + head
    kept = real[:, None] & inside[None, :]
    tl.store(partial + at_slot[:, None] * HEAD_DIM + at_d[None, :], result, mask=kept)
    tl.store(weight + at_slot, best + tl.log2(divisor), mask=real)


def cascade_attention(
    query: Tensor,
    cache: Tensor,
    page_table: Tensor,
    starts: Tensor,
    seq_lens: Tensor,
    max_new: int,
    groups: Tensor,
    shared: Tensor,
    max_group: int,
    scale: float | None = None,
    *,
    shared_splits: int = 14,
    own_splits: int = 2,
    min_pages: int = 4,
    block_m: int = 64,
    num_warps: int = 4,
    num_stages: int = 3,
) -> Tensor:
    """As `reference.cascade_attention`; the query may be a view, its last dimension contiguous.

    shared_splits, own_splits: into how many parts the pages of a group, and those of a row alone, are split at most;
    best a power of two together. min_pages: fewest for one program. Rounding as in `paged_decode`.
    """
    n_tokens, n_heads, head_dim = query.shape
    n_kv_heads, page = cache.shape[2], page_size(cache)
    group = n_heads // n_kv_heads
    slots = power_of_two(shared_splits + own_splits)
    out = torch.empty(query.shape, dtype=query.dtype, device=query.device)
    partial, weight = scratch(n_tokens, n_kv_heads, slots, group, head_dim, query.device)
    least = max(16, power_of_two(group))
    for own, units, longest in ((False, groups.shape[0] - 1, max_group), (True, seq_lens.shape[0], max_new)):
        tile = max(least, min(block_m, power_of_two(longest * group)))
        n_tiles = ceil_div(longest, tile // group)
        splits = own_splits if own else shared_splits
        launch(
            _attend,
            (units * n_tiles, n_kv_heads, splits),
            query,
            cache[0],
            cache[1],
            scale_bytes(cache, 0),
            scale_bytes(cache, 1),
            page_table,
            starts,
            seq_lens,
            groups,
            shared,
            partial,
            weight,
            (head_dim**-0.5 if scale is None else scale) * math.log2(math.e),
            *query.stride()[:2],
            *cache.stride()[1:4],
            page_table.stride(0),
            n_tiles,
            slots,
            OWN=own,
            SPLITS=splits,
            FIRST_SLOT=shared_splits if own else 0,
            MIN_PAGES=min_pages,
            GROUP=group,
            PAGE=page,
            HEAD_DIM=head_dim,
            BLOCK_D=power_of_two(head_dim),
            BLOCK_M=tile,
            num_warps=num_warps,
            num_stages=num_stages,
        )
    # A token's parts are combined as pages of a row would be, one in a split.
    parts = torch.full((n_tokens,), (shared_splits + own_splits) * page, dtype=torch.int32, device=query.device)
    shape = {"SPLITS": slots, "MIN_PAGES": 1, "WINDOW": 0, "Q_LEN": 1, "GROUP": group, "PAGE": page}
    combined(partial, weight, parts, out.unsqueeze(1), shape)
    return out
