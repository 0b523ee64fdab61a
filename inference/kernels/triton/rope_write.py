"""Normalise and turn query and key, and put key and value into their pages: one launch instead of five.

Bound by bytes: every head is read and written once. The query's result is contiguous, which attention then reads.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from inference.kernels.kv_format import page_size, scale_bytes
from inference.kernels.triton.shared.e4m3 import exponent_of, power_of, to_e4m3
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
    key_scales,
    value_scales,
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
    PAGE: tl.constexpr,
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
        offset = tl.load(offsets + token)
        begin = tl.load(pages + token) * page_stride + head * head_stride
        slot = (begin + offset * token_stride)[:, None]
        scaled = begin + PAGE * token_stride + offset
        _store(first, second, keys + slot + one[None, :], keys + slot + other[None, :], key_scales, scaled, mask)
        place = value + token * value_token + head[:, None] * value_head
        low = tl.load(place + at[None, :], mask=mask, other=0.0)
        high = tl.load(place + at[None, :] + HALF, mask=mask, other=0.0)
        _store(low, high, values + slot + at[None, :], values + slot + at[None, :] + HALF, value_scales, scaled, mask)


@triton.jit
def _store(one, other, to_one, to_other, scales, scaled, mask):
    """Put both halves of each head, (HEADS, BLOCK), in their places; in e4m3 by a power of two where there are scales,
    which goes to `scaled`."""
    if scales is None:
        tl.store(to_one, one, mask=mask)
        tl.store(to_other, other, mask=mask)
    else:
        wide_one = one.to(tl.float32)
        wide_other = other.to(tl.float32)
        largest = tl.maximum(tl.max(tl.abs(wide_one), axis=1), tl.max(tl.abs(wide_other), axis=1))
        exponent = exponent_of(largest)
        scale = power_of(exponent)[:, None]
        tl.store(to_one, to_e4m3(wide_one, scale), mask=mask)
        tl.store(to_other, to_e4m3(wide_other, scale), mask=mask)
        tl.store(scales + scaled, exponent.to(tl.uint8), mask=tl.max(mask.to(tl.int32), axis=1) > 0)


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
        scale_bytes(cache, 0),
        scale_bytes(cache, 1),
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
        PAGE=page_size(cache),
        HEADS=heads,
        BLOCK=power_of_two(head_dim // 2),
        num_warps=num_warps,
    )
    return out
