"""Attention of chunks of prompts over a paged cache, earlier tokens included. Bound by arithmetic on long prompts.

FlashAttention-2 (arXiv 2307.08691) over pages: a program keeps a tile of queries and walks the keys up to the last one
they may see. Query heads that share a key head fill the tile together. Pages that all of the tile's queries see whole
are loaded unmasked, by the tensor copy engine on Hopper; only the last few are masked. Keys in 8 bits
give their scales to the scores; values are widened, which takes fewer registers here than scaling the weights.
"""

from __future__ import annotations

import math

import torch
import triton
import triton.language as tl
from torch import Tensor
from triton.tools.tensor_descriptor import TensorDescriptor

from inference.kernels.kv_format import page_size, scale_bytes
from inference.kernels.triton.shared.e4m3 import power_of
from inference.kernels.triton.shared.launch import launch, power_of_two
from inference.kernels.triton.shared.segments import row_of
from inference.kernels.triton.shared.softmax import absorb


@triton.jit(do_not_specialize=["table_stride", "n_rows"])
def _extend(
    query,
    key_tiles,
    value_tiles,
    keys,
    values,
    key_scales,
    value_scales,
    page_table,
    starts,
    seq_lens,
    out,
    n_rows,
    scale_log2,
    query_token,
    query_head,
    page_stride,
    head_stride,
    token_stride,
    table_stride,
    out_token,
    out_head,
    WINDOW: tl.constexpr,
    KV_HEADS: tl.constexpr,
    GROUP: tl.constexpr,
    HEAD_DIM: tl.constexpr,
    PAGE: tl.constexpr,
    ROWS: tl.constexpr,
    BLOCK_T: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_D: tl.constexpr,
):
    """Program (tile, key head): attention of BLOCK_T tokens, GROUP heads each, of one row; BLOCK_M >= BLOCK_T * GROUP.

    Tiles are numbered by `shared.segments`. Late ones have most keys to see and begin first. Query i of a tile is head
    i % GROUP of token i // GROUP.
    """
    tile = tl.num_programs(0) - 1 - tl.program_id(0)
    kv_head = tl.program_id(1)
    row = row_of(tile, starts, n_rows, BLOCK_T)
    start = tl.load(starts + row)
    n_new = tl.load(starts + row + 1) - start
    first = (tile - start // BLOCK_T - row) * BLOCK_T
    if first >= n_new:
        return
    length = tl.load(seq_lens + row)

    at_m = tl.arange(0, BLOCK_M)
    at_d = tl.arange(0, BLOCK_D)
    inside = at_d < HEAD_DIM
    token = first + at_m // GROUP
    head = kv_head * GROUP + at_m % GROUP
    real = (at_m < BLOCK_T * GROUP) & (token < n_new)
    position = length - n_new + token
    asked = query + (start + token).to(tl.int64)[:, None] * query_token + head[:, None] * query_head
    q = tl.load(asked + at_d[None, :], mask=real[:, None] & inside[None, :], other=0.0)

    earliest = length - n_new + first
    end = tl.cdiv(tl.minimum(earliest + BLOCK_T, length), PAGE)
    page = length * 0
    if WINDOW > 0:
        page = tl.maximum(earliest - WINDOW + 1, 0) // PAGE
    whole = page
    if WINDOW == 0:
        whole = tl.maximum(earliest + 1, 0) // PAGE

    best = tl.full((BLOCK_M,), float("-inf"), tl.float32)
    total = tl.zeros((BLOCK_M,), tl.float32)
    mixed = tl.zeros((BLOCK_M, BLOCK_D), tl.float32)
    for number in range(page, whole):
        held = tl.load(page_table + row * table_stride + number)
        at = (held * KV_HEADS + kv_head) * ROWS
        k = key_tiles.load([at, 0]).to(q.dtype)
        scores = tl.dot(q, tl.trans(k), input_precision="ieee") * scale_log2
        v = value_tiles.load([at, 0])
        if key_scales is not None:
            scaled = held.to(tl.int64) * page_stride + kv_head * head_stride + PAGE * token_stride + tl.arange(0, PAGE)
            scores = scores * power_of(tl.load(key_scales + scaled).to(tl.int32))[None, :]
            v = v.to(tl.float32) * power_of(tl.load(value_scales + scaled).to(tl.int32))[:, None]
        best, total, mixed = absorb(scores, v.to(q.dtype), best, total, mixed)
    for number in range(whole, end):
        at_n = number * PAGE + tl.arange(0, PAGE)
        written = at_n < length
        held = tl.load(page_table + row * table_stride + number).to(tl.int64) * page_stride + kv_head * head_stride
        within = held + tl.arange(0, PAGE)[:, None] * token_stride + at_d[None, :]
        k = tl.load(keys + within, mask=inside[None, :], other=0.0).to(q.dtype)
        scores = tl.dot(q, tl.trans(k), input_precision="ieee") * scale_log2
        seen = (at_n[None, :] <= position[:, None]) & written[None, :]
        if WINDOW > 0:
            seen = seen & (at_n[None, :] > position[:, None] - WINDOW)
        # Places not written yet may hold NaN, which a weight of 0 would not silence.
        v = tl.load(values + within, mask=written[:, None] & inside[None, :], other=0.0)
        if key_scales is not None:
            scaled = held + PAGE * token_stride + tl.arange(0, PAGE)
            scores = scores * power_of(tl.load(key_scales + scaled, mask=written, other=0).to(tl.int32))[None, :]
            v = v.to(tl.float32) * power_of(tl.load(value_scales + scaled, mask=written, other=0).to(tl.int32))[:, None]
        best, total, mixed = absorb(tl.where(seen, scores, float("-inf")), v.to(q.dtype), best, total, mixed)

    result = mixed / tl.where(total == 0.0, 1.0, total)[:, None]
    place = out + (start + token).to(tl.int64)[:, None] * out_token + head[:, None] * out_head
    tl.store(place + at_d[None, :], result, mask=real[:, None] & inside[None, :])


def extend_attention(
    query: Tensor,
    cache: Tensor,
    page_table: Tensor,
    starts: Tensor,
    seq_lens: Tensor,
    max_new: int,
    window: int | None,
    scale: float | None = None,
    deterministic: bool = False,
    *,
    block_m: int = 128,
    num_stages: int = 3,
) -> Tensor:
    """As `reference.extend_attention`; the query may be a view, its last dimension contiguous, the cache is contiguous.

    Short chunks get smaller tiles, and 4 warps instead of 8, but not if deterministic: a query's result depends on its
    tile's size and its own chunk alone. Softmax weights are rounded to the values' dtype before
    they meet the values; scores and sums are fp32.
    """
    n_tokens, n_heads, head_dim = query.shape
    n_kv_heads, page = cache.shape[2], page_size(cache)
    group = n_heads // n_kv_heads
    rows = seq_lens.shape[0]
    if not deterministic:
        block_m = min(block_m, power_of_two(max_new * group))
    block_m = max(power_of_two(group), 16, block_m)
    block_t, block_d = block_m // group, power_of_two(head_dim)
    out = torch.empty(query.shape, dtype=query.dtype, device=query.device)
    # One row of these is one token's key or value for one head, so that a page's are a box of it.
    tiles = (TensorDescriptor.from_tensor(cache[side].view(-1, head_dim), [page, block_d]) for side in (0, 1))
    launch(
        _extend,
        (n_tokens // block_t + rows, n_kv_heads),
        query,
        *tiles,
        cache[0],
        cache[1],
        scale_bytes(cache, 0),
        scale_bytes(cache, 1),
        page_table,
        starts,
        seq_lens,
        out,
        rows,
        (head_dim**-0.5 if scale is None else scale) * math.log2(math.e),
        *query.stride()[:2],
        *cache.stride()[1:4],
        page_table.stride(0),
        *out.stride()[:2],
        WINDOW=window or 0,
        KV_HEADS=n_kv_heads,
        GROUP=group,
        HEAD_DIM=head_dim,
        PAGE=page,
        ROWS=cache.shape[3],
        BLOCK_T=block_t,
        BLOCK_M=block_m,
        BLOCK_D=block_d,
        num_warps=8 if block_m >= 128 else 4,
        num_stages=num_stages,
    )
    return out
