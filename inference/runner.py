"""Carries out a plan: packs its chunks into tensors, runs the model on its paged cache, samples. Decides nothing."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from inference.attention.base import AttentionBackend, Span, StepBatch
from inference.models.decoder import Decoder
from inference.models.spec import DecoderSpec
from inference.sampling import Row, sample
from inference.sequence import Plan


class Runner(Protocol):
    """What the engine drives: a real model, or a fake one in tests. Called from one thread."""

    def launch(self, plan: Plan) -> list[int]:
        """Compute the plan. Returns the sampled tokens, in the order of the chunks that sample."""
        ...


class TorchRunner:
    """A Runner over a Decoder. Owns the KV cache."""

    def __init__(self, decoder: Decoder, backend: AttentionBackend, *, n_pages: int, page_size: int) -> None:
        self._decoder = decoder
        self._backend = backend
        self._page_size = page_size
        weight = decoder.words.weight
        self._device = weight.device
        shape = cache_shape(decoder.spec, n_pages, page_size)
        # Pages are written before they are read, and memory never written is not resident.
        self._cache = torch.empty(shape, dtype=weight.dtype, device=weight.device)

    @torch.inference_mode()
    def launch(self, plan: Plan) -> list[int]:
        hidden = self._decoder(self._pack(plan), self._cache, self._backend)
        sampling = [chunk for chunk in plan.chunks if chunk.samples]
        if not sampling:
            return []
        rows = [
            Row(s.params, s.seed, s.tokens[: s.n_prompt], s.tokens[s.n_prompt :])
            for s in (c.sequence for c in sampling)
        ]
        return sample(self._decoder.logits(hidden[self._last_rows(plan)]), rows)

    @torch.inference_mode()
    def score(self, plan: Plan) -> Tensor:
        """Logits of every token in the plan, (n_tokens, vocab): for comparing engines, not for serving."""
        return self._decoder.logits(self._decoder(self._pack(plan), self._cache, self._backend))

    def _pack(self, plan: Plan) -> StepBatch:
        ids: list[int] = []
        positions: list[int] = []
        write_pages: list[int] = []
        spans: list[Span] = []
        for chunk in plan.chunks:
            end = chunk.start + chunk.n_tokens
            pages = chunk.sequence.table.pages
            spans.append(Span(len(ids), chunk.n_tokens, end, self._tensor(pages[: -(-end // self._page_size)])))
            ids += chunk.sequence.tokens[chunk.start : end]
            positions += range(chunk.start, end)
            write_pages += [pages[position // self._page_size] for position in range(chunk.start, end)]
        placed = self._tensor(positions)
        return StepBatch(self._tensor(ids), placed, self._tensor(write_pages), placed % self._page_size, tuple(spans))

    def _last_rows(self, plan: Plan) -> Tensor:
        rows: list[int] = []
        at = 0
        for chunk in plan.chunks:
            at += chunk.n_tokens
            if chunk.samples:
                rows.append(at - 1)
        return self._tensor(rows)

    def _tensor(self, values: list[int]) -> Tensor:
        return torch.tensor(values, dtype=torch.int64, device=self._device)


def cache_shape(spec: DecoderSpec, n_pages: int, page_size: int) -> tuple[int, ...]:
    """One (page, head) tile is contiguous: (n_layers, 2, n_pages, n_kv_heads, page_size, head_dim)."""
    return (spec.n_layers, 2, n_pages, spec.n_kv_heads, page_size, spec.head_dim)
