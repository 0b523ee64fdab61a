"""Paged attention, sequence by sequence, through the kernel table.

Right on every device; the measure for faster backends.
"""

from __future__ import annotations

import torch
from torch import Tensor

from inference import kernels
from inference.attention.base import StepBatch


class ReferenceAttention:
    """An AttentionBackend. A sequence's result does not depend on which others share the step."""

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, *, cache: Tensor, batch: StepBatch, window: int | None
    ) -> Tensor:
        kernels.write_kv(cache, key, value, batch.write_pages, batch.write_offsets)
        out = torch.empty_like(query)
        for span in batch.spans:
            rows = slice(span.start, span.start + span.n_new)
            out[rows] = kernels.paged_attention(query[rows], cache, span.pages, span.context, window)
        return out
