"""Attention over the paged cache through the operations of `kernels`: one call for rows that decode, one for chunks,
one for rows that begin with the same pages.

Which kernel or twin computes a call is decided there; the cache and the batch are the same for all.
"""

from __future__ import annotations

import torch
from torch import Tensor

from inference import kernels
from inference.attention.base import Call, StepBatch


class PagedAttention:
    """An AttentionBackend. Without kernels a sequence's result does not depend on which others share the step, but for
    the rounding of those that begin with the same pages."""

    def attend(self, query: Tensor, *, cache: Tensor, batch: StepBatch, window: int | None) -> Tensor:
        return _joined([_serve(call, query, cache, batch, window) for call in batch.calls])

    def attend_latents(self, query: Tensor, up: Tensor, *, cache: Tensor, batch: StepBatch, scale: float) -> Tensor:
        return _joined([_serve_latents(call, query, up, cache, batch, scale) for call in batch.calls])


def _joined(parts: list[Tensor]) -> Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def _serve(call: Call, query: Tensor, cache: Tensor, batch: StepBatch, window: int | None) -> Tensor:
    asked = query[call.tokens]
    held, lengths = batch.page_table[call.rows], batch.seq_lens[call.rows]
    if call.starts is None:
        rows = asked.view(-1, call.max_new, *asked.shape[1:])
        mixed = kernels.paged_attention(rows, cache, held, lengths, window, None, batch.deterministic)
        return mixed.flatten(0, 1)
    together = call.shared
    if together is None or window is not None:
        exact = batch.deterministic
        return kernels.extend_attention(asked, cache, held, call.starts, lengths, call.max_new, window, None, exact)
    groups, n_pages, most = together.groups, together.n_pages, together.max_group
    return kernels.cascade_attention(asked, cache, held, call.starts, lengths, call.max_new, groups, n_pages, most)


def _serve_latents(call: Call, query: Tensor, up: Tensor, cache: Tensor, batch: StepBatch, scale: float) -> Tensor:
    """Chunks attend over keys and values made of the latents. Rows that decode take the projections on themselves
    instead (DeepSeek-V2, arXiv 2405.04434, §2.1.2), so that only the latents are read.
    """
    asked = query[call.tokens]
    held, lengths = batch.page_table[call.rows], batch.seq_lens[call.rows]
    if call.starts is not None:
        return kernels.mla_extend(asked, up, cache, held, call.starts, lengths, scale, batch.deterministic)
    rank = up.shape[-1]
    plain = asked.shape[-1] - (cache.shape[-1] - rank)
    absorbed = torch.einsum("nhd,hdr->nhr", asked[..., :plain], up[:, :plain])
    rows = torch.cat((absorbed, asked[..., plain:]), dim=-1).view(-1, call.max_new, len(up), cache.shape[-1])
    mixed = kernels.mla_decode(rows, cache, held, lengths, rank, scale, batch.deterministic).flatten(0, 1)
    return torch.einsum("nhr,hdr->nhd", mixed, up[:, plain:])
