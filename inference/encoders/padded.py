"""Bidirectional encoders on padded batches. Knows BERT's shape of arguments; nothing of texts."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from inference.encoders.pooling import pooled
from inference.kernels.reference.pool import Pooling
from inference.models.bert import BertEncoder


class PaddedEncoder:
    """An Encoder over BERT and its like."""

    def __init__(self, model: BertEncoder) -> None:
        self.dimension = model.shape.hidden_size
        self.vocab_size = model.shape.vocab_size
        self.max_positions = model.shape.max_positions
        self._model = model

    @torch.inference_mode()
    def vectors(self, rows: list[list[int]], pooling: Pooling, *, normalise: bool) -> Tensor:
        ids, real = padded(rows, self._model.words.weight.device)
        return pooled_padded(self._model(ids, real), rows, pooling, normalise)


def padded(rows: Sequence[Sequence[int]], device: torch.device) -> tuple[Tensor, Tensor]:
    """Rows filled up with zeros behind, (n_rows, longest) int64, and which of them are real, bool."""
    lengths = torch.tensor([len(row) for row in rows])
    width = int(lengths.max())
    ids = torch.tensor([[*row, *[0] * (width - len(row))] for row in rows], device=device)
    return ids, (torch.arange(width)[None, :] < lengths[:, None]).to(device)


def pooled_padded(hidden: Tensor, rows: Sequence[Sequence[int]], pooling: Pooling, normalise: bool) -> Tensor:
    """hidden: (n_rows, longest, dimension), of rows that `padded` filled up. Returns (n_rows, dimension) fp32."""
    starts = range(0, hidden.shape[0] * hidden.shape[1], hidden.shape[1])
    return pooled(hidden.flatten(0, 1), starts, [len(row) for row in rows], pooling, normalise)
