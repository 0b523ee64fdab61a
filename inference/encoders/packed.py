"""Causal decoders that embed and judge: the rows of a batch lie one after the other, nothing is padded."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate

import torch
from torch import Tensor

from inference.attention.base import Span, StepBatch, calls
from inference.attention.paged import PagedAttention
from inference.encoders.pooling import pooled
from inference.kernels.reference.pool import Pooling
from inference.models.decoder import Decoder
from inference.runner import cache_shape

PAGE_SIZE = 64


class PackedEncoder:
    """An Encoder over a decoder. Every row is computed at once and forgotten: all layers share one layer's pages."""

    def __init__(self, decoder: Decoder) -> None:
        self.dimension = decoder.spec.hidden_size
        self.vocab_size = decoder.spec.vocab_size
        self.max_positions = decoder.spec.max_positions
        self._decoder = decoder
        self._attention = PagedAttention()

    @torch.inference_mode()
    def vectors(self, rows: list[list[int]], pooling: Pooling, *, normalise: bool) -> Tensor:
        lengths = [len(row) for row in rows]
        starts = [0, *accumulate(lengths)][:-1]
        return pooled(self._decoder.norm(self._hidden(rows)), starts, lengths, pooling, normalise)

    @torch.inference_mode()
    def scores(self, rows: list[list[int]], tokens: list[int]) -> Tensor:
        """The logits of `tokens` as what follows each row: (n_rows, n_tokens) fp32."""
        last = torch.tensor([*accumulate(len(row) for row in rows)], device=self._device) - 1
        scores: Tensor = self._decoder.norm(self._hidden(rows)[last]) @ self._decoder.head_rows[tokens].T
        return scores.float()

    @property
    def _device(self) -> torch.device:
        return self._decoder.words.weight.device

    def _hidden(self, rows: list[list[int]]) -> Tensor:
        """The hidden states of all tokens, row after row, before the last norm."""
        counts = [-(-len(row) // PAGE_SIZE) for row in rows]
        spec = self._decoder.spec
        # Page 0 pads short rows' tables, as everywhere.
        shape = cache_shape(replace(spec, n_layers=1), 1 + sum(counts), PAGE_SIZE)
        layer = torch.empty(shape, dtype=self._decoder.words.weight.dtype, device=self._device)
        hidden: Tensor = self._decoder(
            self._batch(rows, counts), layer.expand(spec.n_layers, *shape[1:]), self._attention
        )
        return hidden

    def _batch(self, rows: list[list[int]], counts: list[int]) -> StepBatch:
        positions: list[int] = []
        pages: list[int] = []
        table: list[list[int]] = []
        spans: list[Span] = []
        free = 1
        for row, count in zip(rows, counts, strict=True):
            spans.append(Span(len(positions), len(row), len(row)))
            positions += range(len(row))
            pages += [free + place // PAGE_SIZE for place in range(len(row))]
            table.append([*range(free, free + count), *[0] * (max(counts) - count)])
            free += count
        placed = torch.tensor(positions, device=self._device)
        return StepBatch(
            ids=torch.tensor([token for row in rows for token in row], device=self._device),
            positions=placed,
            write_pages=torch.tensor(pages, device=self._device),
            write_offsets=placed % PAGE_SIZE,
            page_table=torch.tensor(table, dtype=torch.int32, device=self._device),
            seq_lens=torch.tensor([len(row) for row in rows], dtype=torch.int32, device=self._device),
            calls=calls(spans, self._device),
        )
