"""Multi-head latent attention in plain torch, in its absorbed form (DeepSeek-V2, arXiv 2405.04434, §2.1)."""

from __future__ import annotations

import torch
from torch import Tensor


def mla_decode(
    query: Tensor, cache: Tensor, page_table: Tensor, seq_lens: Tensor, n_latent: int, scale: float
) -> Tensor:
    """Each row's newest q_len tokens over all its latents. All heads share one key, its first part is the value.

    query: (rows, q_len, n_heads, n_latent + n_rotary), the up-projection of keys absorbed, the rotary part turned;
    cache: (n_pages, page_size, n_latent + n_rotary); page_table: (rows, max_pages) int32, padded with page 0;
    seq_lens: (rows,) int32 with the new tokens in it, 0 for a row that pads the batch, whose result is 0.
    Scores and sums are fp32. Returns (rows, q_len, n_heads, n_latent), to be multiplied by the values' up-projection.
    """
    rows, q_len, n_heads, _ = query.shape
    out = query.new_zeros(rows, q_len, n_heads, n_latent)
    for row, context in enumerate(seq_lens.tolist()):
        if context:
            held = page_table[row, : -(-context // cache.shape[1])].long()
            latents = cache[held].flatten(0, 1)[:context].float()
            scores = torch.einsum("qhd,kd->hqk", query[row].float(), latents) * scale
            asking = torch.arange(context - q_len, context, device=query.device)[:, None]
            hidden = torch.arange(context, device=query.device)[None, :] > asking
            weights = scores.masked_fill(hidden, float("-inf")).softmax(dim=-1)
            out[row] = torch.einsum("hqk,kd->qhd", weights, latents[:, :n_latent]).to(query.dtype)
    return out
