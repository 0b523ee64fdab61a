"""Rotary positions in plain torch, alone and on the way into the cache. Knows no frequencies: angles come ready."""

from __future__ import annotations

import torch
from torch import Tensor

from inference.kernels.reference.norm import rms_norm
from inference.kernels.reference.paged import write_kv


def rotate(x: Tensor, cos: Tensor, sin: Tensor, interleaved: bool = False) -> Tensor:
    """Turn pairs of x by their angle. x: (n_tokens, n_heads, head_dim); cos, sin: (n_tokens, 1, head_dim / 2).

    Pairs are (i, i + head_dim / 2), as Llama and Qwen have them, or, interleaved, (2i, 2i + 1) as DeepSeek has them.
    """
    if interleaved:
        even, odd = x[..., 0::2], x[..., 1::2]
        return torch.stack((even * cos - odd * sin, odd * cos + even * sin), dim=-1).flatten(-2)
    low, high = x.chunk(2, dim=-1)
    return torch.cat((low * cos - high * sin, high * cos + low * sin), dim=-1)


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
) -> Tensor:
    """Normalise and turn query and key, store key and value in their pages, return the query.

    query: (n_tokens, n_heads, head_dim); key, value: (n_tokens, n_kv_heads, head_dim), views of one projection allowed;
    cos, sin: (n_tokens, 1, head_dim / 2); cache: (2, n_pages, n_kv_heads, page_size, head_dim);
    pages, offsets: (n_tokens,) int64; norms: weights of query and key, (head_dim,) each, or None if a family has none.
    """
    if norms is not None:
        query, key = rms_norm(query, norms[0], eps), rms_norm(key, norms[1], eps)
    write_kv(cache, rotate(key, cos, sin, interleaved), value, pages, offsets)
    return rotate(query, cos, sin, interleaved)
