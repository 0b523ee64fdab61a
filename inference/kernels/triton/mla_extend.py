"""Attention of chunks of prompts over latents, expanded (DeepSeek-V2, arXiv 2405.04434): keys and values come first.

Made once for each page and head and read by every tile of the chunk: 640 operations for a query, a key and a head of
DeepSeek's sizes, where absorbed projections need 2,176. What is made takes 512 bytes of bf16 for a token and head, so
the pages are gone through in blocks that fit `scratch_mib`, and the softmax goes on from block to block. Bound by
arithmetic on long chunks; a few tokens after a long prefix pay for expanding all of it.
"""

from __future__ import annotations

import math

import torch
import triton
import triton.language as tl
from torch import Tensor

from inference.kernels.triton.shared.launch import ceil_div, launch, power_of_two
from inference.kernels.triton.shared.segments import row_of
from inference.kernels.triton.shared.softmax import absorb


@triton.jit(do_not_specialize=["table_stride", "first_page"])
def _expand(
    latents,
    up,
    page_table,
    seq_lens,
    made,
    page_stride,
    token_stride,
    table_stride,
    first_page,
    SLOTS: tl.constexpr,
    PAGE: tl.constexpr,
    LATENT: tl.constexpr,
    SIZE: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_K: tl.constexpr,
):
    """Program (row * SLOTS + slot, head, block of outputs): a page's latents by the head's matrix. made: (rows, SLOTS,
    heads, PAGE, SIZE)."""
    head = tl.program_id(1)
    row = tl.program_id(0) // SLOTS
    page = first_page + tl.program_id(0) % SLOTS
    length = tl.load(seq_lens + row)
    if page * PAGE >= length:
        return
    at_t = tl.arange(0, PAGE)
    at_n = tl.program_id(2) * BLOCK_N + tl.arange(0, BLOCK_N)
    at_k = tl.arange(0, BLOCK_K)
    inside = at_n < SIZE
    # Places not written yet may hold NaN. What is made of them is 0.
    written = page * PAGE + at_t < length
    held = tl.load(page_table + row * table_stride + page).to(tl.int64) * page_stride + at_t[:, None] * token_stride
    wanted = up + (head * SIZE + at_n).to(tl.int64)[:, None] * LATENT
    total = tl.zeros((PAGE, BLOCK_N), tl.float32)
    for begin in range(0, LATENT, BLOCK_K):
        within = begin + at_k < LATENT
        x = tl.load(latents + held + begin + at_k[None, :], mask=written[:, None] & within[None, :], other=0.0)
        tile = tl.load(wanted + begin + at_k[None, :], mask=inside[:, None] & within[None, :], other=0.0)
        total = tl.dot(x, tl.trans(tile), total, input_precision="ieee")
    slot = tl.program_id(0).to(tl.int64) * tl.num_programs(1) + head
    place = made + (slot * PAGE + at_t[:, None]) * SIZE + at_n[None, :]
    tl.store(place, total, mask=inside[None, :])


@triton.jit(do_not_specialize=["table_stride", "first_page", "n_rows"])
def _extend(
    query,
    made,
    latents,
    page_table,
    starts,
    seq_lens,
    out,
    bests,
    totals,
    mixture,
    n_rows,
    first_page,
    scale_log2,
    query_token,
    query_head,
    page_stride,
    token_stride,
    table_stride,
    FIRST: tl.constexpr,
    LAST: tl.constexpr,
    SLOTS: tl.constexpr,
    PAGE: tl.constexpr,
    LATENT: tl.constexpr,
    PLAIN: tl.constexpr,
    ROTARY: tl.constexpr,
    VALUE: tl.constexpr,
    BLOCK_T: tl.constexpr,
    BLOCK_P: tl.constexpr,
    BLOCK_R: tl.constexpr,
    BLOCK_V: tl.constexpr,
):
    """Program (tile, head): BLOCK_T tokens of one row over SLOTS pages from first_page. Tiles are numbered by
    `shared.segments`; late ones have most keys to see and begin first. Between blocks of pages a query's best score,
    denominator and mixture wait in fp32."""
    tile = tl.num_programs(0) - 1 - tl.program_id(0)
    head = tl.program_id(1)
    n_heads = tl.num_programs(1)
    row = row_of(tile, starts, n_rows, BLOCK_T)
    start = tl.load(starts + row)
    n_new = tl.load(starts + row + 1) - start
    first = (tile - start // BLOCK_T - row) * BLOCK_T
    if first >= n_new:
        return
    length = tl.load(seq_lens + row)
    token = first + tl.arange(0, BLOCK_T)
    at_p = tl.arange(0, BLOCK_P)
    at_r = tl.arange(0, BLOCK_R)
    at_v = tl.arange(0, BLOCK_V)
    at_n = tl.arange(0, PAGE)
    real = token < n_new
    position = length - n_new + token
    asking = (start + token).to(tl.int64)
    mine = asking * n_heads + head
    kept = real[:, None] & (at_v < VALUE)[None, :]

    best = tl.full((BLOCK_T,), float("-inf"), tl.float32)
    total = tl.zeros((BLOCK_T,), tl.float32)
    mixed = tl.zeros((BLOCK_T, BLOCK_V), tl.float32)
    if not FIRST:
        best = tl.load(bests + mine, mask=real, other=float("-inf"))
        total = tl.load(totals + mine, mask=real, other=0.0)
        mixed = tl.load(mixture + mine[:, None] * VALUE + at_v[None, :], mask=kept, other=0.0)

    asked = query + asking[:, None] * query_token + head * query_head
    q = tl.load(asked + at_p[None, :], mask=real[:, None] & (at_p < PLAIN)[None, :], other=0.0)
    q_turned = tl.load(asked + PLAIN + at_r[None, :], mask=real[:, None] & (at_r < ROTARY)[None, :], other=0.0)
    end = tl.cdiv(tl.minimum(length - n_new + first + BLOCK_T, length), PAGE)
    for page in range(first_page, tl.minimum(end, first_page + SLOTS)):
        slot = (row * SLOTS + page - first_page).to(tl.int64) * n_heads + head
        place = made + (slot * PAGE + at_n)[:, None] * (PLAIN + VALUE)
        at = page * PAGE + at_n
        number = tl.load(page_table + row * table_stride + page).to(tl.int64)
        held = latents + number * page_stride + at_n[:, None] * token_stride + LATENT
        k = tl.load(place + at_p[None, :], mask=(at_p < PLAIN)[None, :], other=0.0)
        k_turned = tl.load(held + at_r[None, :], mask=(at < length)[:, None] & (at_r < ROTARY)[None, :], other=0.0)
        scores = tl.dot(q, tl.trans(k), input_precision="ieee")
        scores = tl.dot(q_turned, tl.trans(k_turned), scores, input_precision="ieee") * scale_log2
        seen = at[None, :] <= position[:, None]
        v = tl.load(place + PLAIN + at_v[None, :], mask=(at_v < VALUE)[None, :], other=0.0)
        best, total, mixed = absorb(tl.where(seen, scores, float("-inf")), v, best, total, mixed)

    if LAST:
        result = mixed / tl.where(total == 0.0, 1.0, total)[:, None]
        tl.store(out + mine[:, None] * VALUE + at_v[None, :], result, mask=kept)
    else:
        tl.store(bests + mine, best, mask=real)
        tl.store(totals + mine, total, mask=real)
        tl.store(mixture + mine[:, None] * VALUE + at_v[None, :], mixed, mask=kept)


def mla_extend(
    query: Tensor,
    up: Tensor,
    cache: Tensor,
    page_table: Tensor,
    starts: Tensor,
    seq_lens: Tensor,
    scale: float,
    deterministic: bool = False,
    *,
    block_t: int = 128,
    block_n: int = 128,
    scratch_mib: int = 256,
    num_stages: int = 2,
) -> Tensor:
    """As `reference.mla_extend`; the query may be a view, its last dimension contiguous, `up` is contiguous.

    scratch_mib: most memory for keys and values that were made, a page of all rows at least. They are rounded to the
    query's dtype, as the twin's are; softmax weights are too; scores and sums are fp32. Where blocks of pages end
    changes no bit; tiles are smaller where there are few tokens, but not if deterministic.
    """
    n_tokens, n_heads, width = query.shape
    rows, page, latent = seq_lens.shape[0], cache.shape[1], up.shape[2]
    size, rotary = up.shape[1], cache.shape[2] - latent
    plain = width - rotary
    value = size - plain
    n_pages = page_table.shape[1]
    page_bytes = max(1, rows) * n_heads * page * size * query.element_size()
    slots = max(1, min(n_pages, (scratch_mib << 20) // page_bytes))
    if not deterministic:
        block_t = max(16, min(block_t, power_of_two(max(1, n_tokens))))
    many = slots < n_pages
    device = query.device
    made = torch.empty((rows, slots, n_heads, page, size), dtype=query.dtype, device=device)
    out = torch.empty((n_tokens, n_heads, value), dtype=query.dtype, device=device)
    state = (n_tokens, n_heads) if many else (0, 0)
    bests, totals = (torch.empty(state, dtype=torch.float32, device=device) for _ in range(2))
    mixture = torch.empty((*state, value), dtype=torch.float32, device=device)
    pages = {"SLOTS": slots, "PAGE": page, "LATENT": latent}
    for begin in range(0, n_pages, slots):
        launch(
            _expand,
            (rows * slots, n_heads, ceil_div(size, block_n)),
            cache,
            up,
            page_table,
            seq_lens,
            made,
            *cache.stride()[:2],
            page_table.stride(0),
            begin,
            **pages,
            SIZE=size,
            BLOCK_N=block_n,
            BLOCK_K=64,
            num_warps=4,
            num_stages=4,
        )
        launch(
            _extend,
            (n_tokens // block_t + rows, n_heads),
            query,
            made,
            cache,
            page_table,
            starts,
            seq_lens,
            out,
            bests,
            totals,
            mixture,
            rows,
            begin,
            scale * math.log2(math.e),
            *query.stride()[:2],
            *cache.stride()[:2],
            page_table.stride(0),
            FIRST=begin == 0,
            LAST=begin + slots >= n_pages,
            **pages,
            PLAIN=plain,
            ROTARY=rotary,
            VALUE=value,
            BLOCK_T=block_t,
            BLOCK_P=max(16, power_of_two(plain)),
            BLOCK_R=max(16, power_of_two(rotary)),
            BLOCK_V=max(16, power_of_two(value)),
            num_warps=8 if block_t >= 128 else 4,
            num_stages=num_stages,
        )
    return out
