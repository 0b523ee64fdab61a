"""Decode attention over latents, absorbed (DeepSeek-V2, arXiv 2405.04434): all heads share one key, which is the value.

One load of a page serves scores and sums. As for plain decode attention the pages are split over programs
(`shared.splits`); with up to 128 heads to a key this is bound by arithmetic too, so heads fill tensor-core tiles.
"""

from __future__ import annotations

import math

import torch
import triton
import triton.language as tl
from torch import Tensor

from inference.kernels.triton.shared.launch import ceil_div, launch, power_of_two
from inference.kernels.triton.shared.softmax import absorb
from inference.kernels.triton.shared.splits import combined, count, scratch, share


@triton.jit(do_not_specialize=["table_stride"])
def _attend(
    query,
    latents,
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
    LATENT: tl.constexpr,
    ROTARY: tl.constexpr,
    BLOCK_M: tl.constexpr,
):
    """Program (row, block of queries, split): BLOCK_M of the Q_LEN * GROUP queries over the split's pages.

    Query i is head i % GROUP of token i // GROUP. Tiles: keys (PAGE, LATENT) and (PAGE, ROTARY), scores
    (BLOCK_M, PAGE), result (BLOCK_M, LATENT).
    """
    row = tl.program_id(0)
    split = tl.program_id(2)
    length = tl.load(seq_lens + row)
    first, last, per_split = share(length, SPLITS, MIN_PAGES, WINDOW, Q_LEN, PAGE)
    begin = first + split * per_split
    end = tl.minimum(begin + per_split, last)
    if SPLITS > 1:
        if begin >= end:
            return

    at_m = tl.program_id(1) * BLOCK_M + tl.arange(0, BLOCK_M)
    at_n = tl.arange(0, PAGE)
    at_l = tl.arange(0, LATENT)
    at_r = tl.arange(0, ROTARY)
    real = at_m < Q_LEN * GROUP
    token = at_m // GROUP
    head = at_m % GROUP
    position = length - Q_LEN + token

    asked = query + row.to(tl.int64) * query_row + token[:, None] * query_token + head[:, None] * query_head
    q = tl.load(asked + at_l[None, :], mask=real[:, None], other=0.0)
    q_turned = tl.load(asked + LATENT + at_r[None, :], mask=real[:, None], other=0.0)
    best = tl.full((BLOCK_M,), float("-inf"), tl.float32)
    total = tl.zeros((BLOCK_M,), tl.float32)
    mixed = tl.zeros((BLOCK_M, LATENT), tl.float32)
    for page in range(begin, end):
        number = tl.load(page_table + row * table_stride + page).to(tl.int64)
        at = page * PAGE + at_n
        written = at < length
        held = latents + number * page_stride + at_n[:, None] * token_stride
        # Places not written yet may hold NaN, and keys are values here.
        k = tl.load(held + at_l[None, :], mask=written[:, None], other=0.0)
        k_turned = tl.load(held + LATENT + at_r[None, :], mask=written[:, None], other=0.0)
        scores = tl.dot(q, tl.trans(k), input_precision="ieee")
        scores = tl.dot(q_turned, tl.trans(k_turned), scores, input_precision="ieee") * scale_log2
        seen = (at[None, :] <= position[:, None]) & written[None, :]
        best, total, mixed = absorb(tl.where(seen, scores, float("-inf")), k, best, total, mixed)

    divisor = tl.where(total == 0.0, 1.0, total)
    result = mixed / divisor[:, None]
    if SPLITS == 1:
        place = out + row.to(tl.int64) * out_row + token[:, None] * out_token + head[:, None] * out_head
        tl.store(place + at_l[None, :], result, mask=real[:, None])
    else:
        at_slot = (row * SPLITS + split).to(tl.int64) * (Q_LEN * GROUP) + at_m
        tl.store(partial + at_slot[:, None] * LATENT + at_l[None, :], result, mask=real[:, None])
        tl.store(weight + at_slot, best + tl.log2(divisor), mask=real)


def mla_decode(
    query: Tensor,
    cache: Tensor,
    page_table: Tensor,
    seq_lens: Tensor,
    n_latent: int,
    scale: float,
    deterministic: bool = False,
    *,
    programs: int = 264,
    min_pages: int = 4,
    block_m: int = 64,
    num_warps: int = 8,
    num_stages: int = 2,
) -> Tensor:
    """As `reference.mla_decode`, n_latent and the rotary part powers of two. Softmax weights are rounded to the cache's
    dtype before they meet the values; the rest is as for `paged_decode`."""
    rows, q_len, n_heads, width = query.shape
    queries = q_len * n_heads
    block_m = min(block_m, max(16, power_of_two(queries)))
    blocks = ceil_div(queries, block_m)
    splits = count(
        rows * blocks, page_table.shape[1], programs=programs, min_pages=min_pages, deterministic=deterministic
    )
    out = torch.empty((rows, q_len, n_heads, n_latent), dtype=query.dtype, device=query.device)
    partial, weight = scratch(rows, 1, splits, queries, n_latent, query.device)
    shape = {
        "SPLITS": splits,
        "MIN_PAGES": min_pages,
        "WINDOW": 0,
        "Q_LEN": q_len,
        "GROUP": n_heads,
        "PAGE": cache.shape[1],
    }
    launch(
        _attend,
        (rows, blocks, splits),
        query,
        cache,
        page_table,
        seq_lens,
        out,
        partial,
        weight,
        scale * math.log2(math.e),
        *query.stride()[:3],
        *cache.stride()[:2],
        page_table.stride(0),
        *out.stride()[:3],
        **shape,
        LATENT=n_latent,
        ROTARY=width - n_latent,
        BLOCK_M=block_m,
        num_warps=num_warps,
        num_stages=num_stages,
    )
    if splits > 1:
        combined(partial, weight, seq_lens, out, shape)
    return out
