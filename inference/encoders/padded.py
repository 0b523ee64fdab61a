"""Bidirectional encoders on padded batches. Knows BERT's shape of arguments; nothing of texts."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from inference.encoders.base import Pooling
from inference.encoders.pooling import pool
from inference.models.bert import BertEncoder


class PaddedEncoder:
    """An Encoder over BERT and its like."""

    def __init__(self, model: BertEncoder) -> None:
        self.dimension = model.shape.hidden_size
        self.vocab_size = model.shape.vocab_size
        self.max_positions = model.shape.max_positions
        self._model = model

    @torch.inference_mode()
    def pooled(self, rows: list[list[int]], pooling: Pooling) -> Tensor:
        ids, real = padded(rows, self._model.words.weight.device)
        return pool(self._model(ids, real), real, pooling)


def padded(rows: Sequence[Sequence[int]], device: torch.device) -> tuple[Tensor, Tensor]:
    """Rows filled up with zeros behind, (n_rows, longest) int64, and which of them are real, bool."""
    lengths = torch.tensor([len(row) for row in rows])
    width = int(lengths.max())
    ids = torch.tensor([[*row, *[0] * (width - len(row))] for row in rows], device=device)
    return ids, (torch.arange(width)[None, :] < lengths[:, None]).to(device)
