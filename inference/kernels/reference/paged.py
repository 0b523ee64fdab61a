"""Attention over a paged cache in plain torch, sequence by sequence: a result never depends on who shares the call."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from inference.kernels import kv_format


def write_kv(cache: Tensor, key: Tensor, value: Tensor, pages: Tensor, offsets: Tensor) -> None:
    """Store new keys and values in their pages.

    cache: (2, n_pages, n_kv_heads, page_size, head_dim), or in 8 bits as `kv_format` has it, here and everywhere;
    key, value: (n_tokens, n_kv_heads, head_dim); pages, offsets: (n_tokens,) int64, where each token goes.
    """
    kv_format.store(cache[0], key, pages, offsets)
    kv_format.store(cache[1], value, pages, offsets)


def paged_attention(
    query: Tensor,
    cache: Tensor,
    page_table: Tensor,
    seq_lens: Tensor,
    window: int | None,
    scale: float | None = None,
    deterministic: bool = False,
) -> Tensor:
    """Causal attention of each row's newest q_len tokens over all its pages: decoding, and the check of drafts.

    query: (rows, q_len, n_heads, head_dim), the last q_len of `seq_lens` tokens; cache: (2, n_pages, n_kv_heads,
    page_size, head_dim); page_table: (rows, max_pages) int32, padded with page 0; seq_lens: (rows,) int32, 0 for a row
    that pads the batch, whose result is 0. window: how many tokens back each looks, itself included; None: all.
    scale: of the scores, head_dim ** -0.5 if None. deterministic: a row's result is the same to the bit whoever shares
    the call; a kernel needs to be told so, this twin's always is. Returns (rows, q_len, n_heads, head_dim).
    """
    out = torch.zeros_like(query)
    for row, context in enumerate(seq_lens.tolist()):
        if context:
            out[row] = _attend(query[row], cache, page_table[row], context, window, scale)
    return out


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
) -> Tensor:
    """Causal attention of chunks of different lengths, each over its own pages, earlier tokens included: prefill.

    query: (n_tokens, n_heads, head_dim), chunk after chunk; starts: (rows + 1,) int32, where each chunk begins, and the
    end; max_new: the longest chunk's length. The rest as in `paged_attention`. Returns (n_tokens, n_heads, head_dim).
    """
    out = torch.zeros_like(query)
    bounds = starts.tolist()
    for row, context in enumerate(seq_lens.tolist()):
        begin, end = bounds[row], bounds[row + 1]
        if context and end > begin:
            out[begin:end] = _attend(query[begin:end], cache, page_table[row], context, window, scale)
    return out


def _attend(
    query: Tensor, cache: Tensor, pages: Tensor, context: int, window: int | None, scale: float | None
) -> Tensor:
    """query: (n_new, n_heads, head_dim), the last n_new of `context` tokens; pages: (max_pages,), in order."""
    held = pages[: -(-context // kv_format.page_size(cache))].long()
    key, value = (_gathered(cache[side], held, context, query.dtype) for side in (0, 1))
    n_new = query.shape[0]
    mixed = F.scaled_dot_product_attention(
        query.transpose(0, 1)[None],
        key[None],
        value[None],
        attn_mask=_mask(n_new, context, window, query.device),
        is_causal=n_new == context and n_new > 1 and window is None,
        scale=scale,
        enable_gqa=query.shape[1] != key.shape[0],
    )
    return mixed[0].transpose(0, 1)


def _gathered(side: Tensor, pages: Tensor, context: int, dtype: torch.dtype) -> Tensor:
    """Keys or values of one sequence, contiguous: (n_kv_heads, context, head_dim)."""
    n_heads, head_dim = side.shape[1], side.shape[3]
    return kv_format.read(side, pages, dtype).transpose(0, 1).reshape(n_heads, -1, head_dim)[:, :context]


def _mask(n_new: int, context: int, window: int | None, device: torch.device) -> Tensor | None:
    """(n_new, context) bool, True where a token may look; None where SDPA's own causal rule, or none, is right."""
    if window is None and n_new in (1, context):
        return None
    asking = torch.arange(context - n_new, context, device=device)[:, None]
    asked = torch.arange(context, device=device)[None, :]
    allowed = asked <= asking
    return allowed if window is None else allowed & (asked > asking - window)
