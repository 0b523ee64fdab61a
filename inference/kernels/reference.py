"""Every operation of the decoder in plain torch: what runs on a CPU, and what a faster kernel must agree with.

Formulas follow transformers step by step, casts included, so that logits agree to rounding.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """x / rms(x) * weight over the last dimension; computed in fp32, returned in x's dtype."""
    wide = x.float()
    scaled = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + eps)
    return weight * scaled.to(x.dtype)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions, half-split form. x: (n_tokens, n_heads, head_dim); cos, sin: (n_tokens, 1, head_dim / 2)."""
    low, high = x.chunk(2, dim=-1)
    return torch.cat((low * cos - high * sin, high * cos + low * sin), dim=-1)


def swiglu(gate_up: Tensor) -> Tensor:
    """silu(gate) * up. gate_up: (n_tokens, 2 * intermediate), the gate first."""
    gate, up = gate_up.chunk(2, dim=-1)
    return F.silu(gate) * up


def write_kv(cache: Tensor, key: Tensor, value: Tensor, pages: Tensor, offsets: Tensor) -> None:
    """Store new keys and values in their pages.

    cache: (2, n_pages, n_kv_heads, page_size, head_dim); key, value: (n_tokens, n_kv_heads, head_dim);
    pages, offsets: (n_tokens,) int64, where each token goes.
    """
    cache[0][pages, :, offsets] = key
    cache[1][pages, :, offsets] = value


def paged_attention(query: Tensor, cache: Tensor, pages: Tensor, context: int, window: int | None) -> Tensor:
    """Causal attention of one sequence's newest tokens over all its pages.

    query: (n_new, n_heads, head_dim), the last n_new of `context` tokens; pages: (n_pages_held,) int64 in order.
    Returns (n_new, n_heads, head_dim).
    """
    key, value = (_gathered(cache[side], pages, context) for side in (0, 1))
    n_new = query.shape[0]
    mixed = F.scaled_dot_product_attention(
        query.transpose(0, 1)[None],
        key[None],
        value[None],
        attn_mask=_mask(n_new, context, window, query.device),
        is_causal=n_new == context and n_new > 1 and window is None,
        enable_gqa=query.shape[1] != key.shape[0],
    )
    return mixed[0].transpose(0, 1)


def _gathered(side: Tensor, pages: Tensor, context: int) -> Tensor:
    """Keys or values of one sequence, contiguous: (n_kv_heads, context, head_dim)."""
    n_heads, head_dim = side.shape[1], side.shape[3]
    return side[pages].transpose(0, 1).reshape(n_heads, -1, head_dim)[:, :context]


def _mask(n_new: int, context: int, window: int | None, device: torch.device) -> Tensor | None:
    """(n_new, context) bool, True where a token may look; None where SDPA's own causal rule, or none, is right."""
    if window is None and n_new in (1, context):
        return None
    asking = torch.arange(context - n_new, context, device=device)[:, None]
    asked = torch.arange(context, device=device)[None, :]
    allowed = asked <= asking
    return allowed if window is None else allowed & (asked > asking - window)
