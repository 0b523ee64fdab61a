"""Multi-head latent attention in plain torch, absorbed and expanded (DeepSeek-V2, arXiv 2405.04434, §2.1)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def mla_decode(
    query: Tensor,
    cache: Tensor,
    page_table: Tensor,
    seq_lens: Tensor,
    n_latent: int,
    scale: float,
    deterministic: bool = False,
) -> Tensor:
    """Each row's newest q_len tokens over all its latents. All heads share one key, its first part is the value.

    query: (rows, q_len, n_heads, n_latent + n_rotary), the up-projection of keys absorbed, the rotary part turned;
    cache: (n_pages, page_size, n_latent + n_rotary); page_table: (rows, max_pages) int32, padded with page 0;
    seq_lens: (rows,) int32 with the new tokens in it, 0 for a row that pads the batch, whose result is 0.
    Scores and sums are fp32. deterministic: as for `paged_attention`. Returns (rows, q_len, n_heads, n_latent), to be
    multiplied by the values' up-projection.
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


def mla_extend(
    query: Tensor,
    up: Tensor,
    cache: Tensor,
    page_table: Tensor,
    starts: Tensor,
    seq_lens: Tensor,
    scale: float,
    deterministic: bool = False,
) -> Tensor:
    """Causal attention of chunks of different lengths, each over keys and values made of its latents: prefill.

    query: (n_tokens, n_heads, n_plain + n_rotary), chunk after chunk, the rotary part turned; up: (n_heads, n_plain +
    n_value, n_latent); starts: (rows + 1,) int32, where each chunk begins, and the end. The rest as in `mla_decode`.
    Returns (n_tokens, n_heads, n_value).
    """
    n_latent = up.shape[-1]
    n_plain = query.shape[-1] - (cache.shape[-1] - n_latent)
    out = query.new_zeros(*query.shape[:2], up.shape[1] - n_plain)
    bounds = starts.tolist()
    for row, context in enumerate(seq_lens.tolist()):
        begin, end = bounds[row], bounds[row + 1]
        if context and end > begin:
            held = page_table[row, : -(-context // cache.shape[1])].long()
            latents = cache[held].flatten(0, 1)[:context]
            made = torch.einsum("kr,hdr->hkd", latents[:, :n_latent], up)
            rotary = latents[None, :, n_latent:].expand(len(made), -1, -1)
            key = torch.cat((made[..., :n_plain], rotary), dim=-1)
            asking = torch.arange(context - (end - begin), context, device=query.device)[:, None]
            allowed = torch.arange(context, device=query.device)[None, :] <= asking
            mixed = F.scaled_dot_product_attention(
                query[begin:end].transpose(0, 1), key, made[..., n_plain:], attn_mask=allowed, scale=scale
            )
            out[begin:end] = mixed.transpose(0, 1)
    return out
