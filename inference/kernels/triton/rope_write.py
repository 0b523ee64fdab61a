"""Normalise and turn query and key, and put key and value into their pages: one launch instead of five.

Bound by bytes: every head is read and written once. The query's result is contiguous, which attention then reads.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from inference.kernels.triton.shared.launch import ceil_div, launch, power_of_two


@triton.jit
def _write(
    query,
    key,
    value,
    cosines,
    sines,
    keys,
    values,
    pages,
    offsets,
    query_norm,
    key_norm,
    out,
    eps,
    query_token,
    query_head,
    key_token,
    key_head,
    value_token,
    value_head,
    page_stride,
    head_stride,
    token_stride,
    N_HEADS: tl.constexpr,
    N_KV_HEADS: tl.constexpr,
    HALF: tl.constexpr,
    NORM: tl.constexpr,
    INTERLEAVED: tl.constexpr,
    HEADS: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """Program (token, block of heads): the first cdiv(N_HEADS, HEADS) blocks are the query's, the others the key's and
    value's. Tiles: (HEADS, BLOCK), BLOCK >= HALF, for each half of the pairs."""
    token = tl.program_id(0).to(tl.int64)
    block = tl.program_id(1)
    at = tl.arange(0, BLOCK)
    inside = at < HALF
    cosine = tl.load(cosines + token * HALF + at, mask=inside, other=0.0).to(tl.float32)[None, :]
    sine = tl.load(sines + token * HALF + at, mask=inside, other=0.0).to(tl.float32)[None, :]
    # Where the members of pair i lie in a head.
    one = at * 2 if INTERLEAVED else at
    other = at * 2 + 1 if INTERLEAVED else at + HALF

    if block < tl.cdiv(N_HEADS, HEADS):
        head = block * HEADS + tl.arange(0, HEADS)
        mask = (head < N_HEADS)[:, None] & inside[None, :]
        place = query + token * query_token + head[:, None] * query_head
        first, second = _turned(place, query_norm, cosine, sine, one, other, mask, eps, HALF, NORM)
        target = out + (token * N_HEADS + head[:, None]) * (2 * HALF)
        tl.store(target + one[None, :], first, mask=mask)
        tl.store(target + other[None, :], second, mask=mask)
    else:
        head = (block - tl.cdiv(N_HEADS, HEADS)) * HEADS + tl.arange(0, HEADS)
        mask = (head < N_KV_HEADS)[:, None] & inside[None, :]
        place = key + token * key_token + head[:, None] * key_head
        first, second = _turned(place, key_norm, cosine, sine, one, other, mask, eps, HALF, NORM)
        held = tl.load(pages + token) * page_stride + tl.load(offsets + token) * token_stride
        slot = held + head[:, None] * head_stride
        tl.store(keys + slot + one[None, :], first, mask=mask)
        tl.store(keys + slot + other[None, :], second, mask=mask)
        place = value + token * value_token + head[:, None] * value_head
        tl.store(values + slot + at[None, :], tl.load(place + at[None, :], mask=mask), mask=mask)
        rest = at[None, :] + HALF
        tl.store(values + slot + rest, tl.load(place + rest, mask=mask), mask=mask)


@triton.jit
def _turned(place, norm, cosine, sine, one, other, mask, eps, HALF: tl.constexpr, NORM: tl.constexpr):
    """Both members of every pair of the heads at `place`, normalised if NORM, turned; fp32, (HEADS, BLOCK) each."""
    first = tl.load(place + one[None, :], mask=mask, other=0.0).to(tl.float32)
    second = tl.load(place + other[None, :], mask=mask, other=0.0).to(tl.float32)
    if NORM:
        mean = (tl.sum(first * first, axis=1) + tl.sum(second * second, axis=1)) / (2 * HALF)
        scale = tl.rsqrt(mean + eps)[:, None]
        inside = one < 2 * HALF
        first = first * scale * tl.load(norm + one, mask=inside, other=0.0).to(tl.float32)[None, :]
        inside = other < 2 * HALF
        second = second * scale * tl.load(norm + other, mask=inside, other=0.0).to(tl.float32)[None, :]
    return first * cosine - second * sine, second * cosine + first * sine


def qk_norm_rope_write(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    cos: Tensor,
    sin: Tensor,
    cache: Tensor,
    pages: Tensor,
    offsets: Tensor,
    norms: tuple[Tensor, Tensor] | None,
    eps: float,
    interleaved: bool,
    *,
    heads: int | None = None,
    num_warps: int = 1,
) -> Tensor:
    """As `reference.qk_norm_rope_write`. query, key and value may be views, their last dimension contiguous.

    heads: how many one program takes, a power of two; None: so many that each lane of a warp moves 16 bytes at once.
    All arithmetic is fp32 and rounded once; the twin rounds after each step.
    """
    n_tokens, n_heads, head_dim = query.shape
    n_kv_heads = key.shape[1]
    heads = heads or max(1, 512 // power_of_two(head_dim))
    out = torch.empty(query.shape, dtype=query.dtype, device=query.device)
    query_norm, key_norm = norms or (query, key)
    launch(
        _write,
        (n_tokens, ceil_div(n_heads, heads) + ceil_div(n_kv_heads, heads)),
        query,
        key,
        value,
        cos,
        sin,
        cache[0],
        cache[1],
        pages,
        offsets,
        query_norm,
        key_norm,
        out,
        eps,
        *query.stride()[:2],
        *key.stride()[:2],
        *value.stride()[:2],
        *cache.stride()[1:4],
        N_HEADS=n_heads,
        N_KV_HEADS=n_kv_heads,
        HALF=head_dim // 2,
        NORM=norms is not None,
        INTERLEAVED=interleaved,
        HEADS=heads,
        BLOCK=power_of_two(head_dim // 2),
        num_warps=num_warps,
    )
    return out
