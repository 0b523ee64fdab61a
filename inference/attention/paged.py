"""Attention over the paged cache through the operations of `kernels`: one call for rows that decode, one for chunks.

Which kernel or twin computes a call is decided there; the cache and the batch are the same for all.
"""

from __future__ import annotations

import torch
from torch import Tensor

from inference import kernels
from inference.attention.base import Call, StepBatch


class PagedAttention:
    """An AttentionBackend. Without kernels a sequence's result does not depend on which others share the step."""

    def attend(self, query: Tensor, *, cache: Tensor, batch: StepBatch, window: int | None) -> Tensor:
        parts = [_serve(call, query, cache, batch, window) for call in batch.calls]
        return parts[0] if len(parts) == 1 else torch.cat(parts)


def _serve(call: Call, query: Tensor, cache: Tensor, batch: StepBatch, window: int | None) -> Tensor:
    asked = query[call.tokens]
    held, lengths = batch.page_table[call.rows], batch.seq_lens[call.rows]
    if call.starts is None:
        rows = asked.view(-1, call.max_new, *asked.shape[1:])
        return kernels.paged_attention(rows, cache, held, lengths, window).flatten(0, 1)
    return kernels.extend_attention(asked, cache, held, call.starts, lengths, call.max_new, window)
