"""Carries out a plan: packs its chunks into tensors, runs the model on its paged cache, samples. Decides nothing."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

import torch
from torch import Tensor

from inference.attention.base import AttentionBackend, Beginning, Span, StepBatch, calls
from inference.cache.pages import DUMMY_PAGE
from inference.kernels.kv_format import EIGHT_BITS, page_rows
from inference.models.adapters import adapter_rows
from inference.models.decoder import Decoder
from inference.models.spec import DecoderSpec
from inference.sampling import Row, sample
from inference.sequence import Chunk, Group, Plan, Scores

KV_DTYPES: Mapping[str, torch.dtype | None] = {"auto": None, "fp8": EIGHT_BITS}
"""Of the cache's numbers, by `EngineConfig.kv_cache_dtype`; None: the weights' own."""


class Pending(Protocol):
    """A step under way."""

    @property
    def seconds(self) -> float | None:
        """How long the step took, once `tokens` has returned; None where that is not known."""
        ...

    @property
    def scores(self) -> list[list[Scores | None]] | None:
        """Once `tokens` has returned: the scores of those tokens; None where no row asked for any."""
        ...

    def tokens(self) -> list[list[int]]:
        """Wait for the step. What each chunk that samples brought, in order: the token after it, and where drafts were
        right, the tokens after those."""
        ...


class Runner(Protocol):
    """What the engine drives: a real model, or a fake one in tests. Called from one thread."""

    def launch(self, plan: Plan) -> Pending:
        """Begin to compute the plan. It may depend on the outcome of steps launched before."""
        ...

    def reset(self) -> None:
        """A step failed: nothing is under way any more, and each sequence comes back in a new epoch."""
        ...

    def close(self) -> None:
        """Let go of what is outside this process. Called last."""
        ...


@dataclass(frozen=True, slots=True)
class Done:
    """A step that was computed before `launch` returned."""

    result: list[list[int]]
    seconds: float | None = None
    scores: list[list[Scores | None]] | None = None

    def tokens(self) -> list[list[int]]:
        return self.result


class TorchRunner:
    """A Runner over a Decoder that computes each step at once. Owns the KV cache."""

    def __init__(
        self,
        decoder: Decoder,
        backend: AttentionBackend,
        *,
        n_pages: int,
        page_size: int,
        kv_dtype: torch.dtype | None = None,
    ) -> None:
        """kv_dtype: as for `empty_cache`."""
        self._decoder = decoder
        self._backend = backend
        self._page_size = page_size
        self._device = decoder.words.weight.device
        self._cache = empty_cache(decoder, n_pages, page_size, kv_dtype)

    @torch.inference_mode()
    def launch(self, plan: Plan) -> Pending:
        began = time.perf_counter()
        copy_pages(self._cache, plan.copies)
        hidden = self._decoder(self._pack(plan), self._cache, self._backend)
        sampling = [chunk for chunk in plan.chunks if chunk.samples]
        result: list[list[int]] = []
        told: list[list[Scores | None]] | None = None
        if sampling:
            rows = [row for chunk in sampling for row in rows_of(chunk)]
            tokens, scores = sample(self._decoder.logits(hidden[self._sampled_rows(plan)]), rows)
            at = [0, *accumulate(1 + len(chunk.drafts) for chunk in sampling)]
            result = [
                agreed(chunk, tokens[begin : begin + 1 + len(chunk.drafts)])
                for chunk, begin in zip(sampling, at, strict=False)
            ]
            if any(scores):
                told = [scores[begin : begin + len(each)] for each, begin in zip(result, at, strict=False)]
        return Done(result, time.perf_counter() - began, told)

    def reset(self) -> None:
        """Every step is over when `launch` returns."""

    def close(self) -> None:
        """All it has is memory."""

    @torch.inference_mode()
    def score(self, plan: Plan) -> Tensor:
        """Logits of every token in the plan, (n_tokens, vocab): for comparing engines, not for serving."""
        return self._decoder.logits(self._decoder(self._pack(plan), self._cache, self._backend))

    def _pack(self, plan: Plan) -> StepBatch:
        ids: list[int] = []
        positions: list[int] = []
        write_pages: list[int] = []
        spans: list[Span] = []
        held: list[list[int]] = []
        for chunk in plan.chunks:
            known = chunk.sequence.tokens[chunk.start : chunk.start + chunk.n_tokens]
            n_new = chunk.n_tokens + len(chunk.drafts)
            end = chunk.start + n_new
            pages = chunk.sequence.table.pages
            spans.append(Span(len(ids), n_new, end))
            held.append(pages[: -(-end // self._page_size)])
            ids += [*known, *chunk.drafts]
            positions += range(chunk.start, end)
            write_pages += [pages[position // self._page_size] for position in range(chunk.start, end)]
        placed = self._tensor(positions)
        widest = max(map(len, held))
        return StepBatch(
            ids=self._tensor(ids),
            positions=placed,
            write_pages=self._tensor(write_pages),
            write_offsets=placed % self._page_size,
            page_table=self._tensor([[*row, *[DUMMY_PAGE] * (widest - len(row))] for row in held]).int(),
            seq_lens=self._tensor([span.context for span in spans]).int(),
            calls=calls(spans, self._device, [beginning(group, self._page_size) for group in plan.groups]),
            adapters=adapter_rows(
                [chunk.sequence.params.adapter for chunk in plan.chunks],
                [span.n_new for span in spans],
                self._decoder.adapters,
                self._device,
            ),
            deterministic=any(chunk.sequence.params.deterministic for chunk in plan.chunks),
        )

    def _sampled_rows(self, plan: Plan) -> Tensor:
        rows: list[int] = []
        at = 0
        for chunk in plan.chunks:
            at += chunk.n_tokens
            if chunk.samples:
                rows += range(at - 1, at + len(chunk.drafts))
            at += len(chunk.drafts)
        return self._tensor(rows)

    def _tensor(self, values: list[int] | list[list[int]]) -> Tensor:
        return torch.tensor(values, dtype=torch.int64, device=self._device)


def beginning(group: Group, page_size: int) -> Beginning:
    """The group, for attention."""
    return Beginning(group.first, group.count, group.n_tokens // page_size)


def rows_of(chunk: Chunk) -> list[Row]:
    """What to sample: the token after the chunk, and the one after each draft, as if the drafts had been said."""
    sequence = chunk.sequence
    prompt, said = sequence.tokens[: sequence.n_prompt], sequence.tokens[sequence.n_prompt :]
    allowed = sequence.allowed()
    return [
        Row(sequence.params, sequence.seed, prompt, [*said, *chunk.drafts[:n]], sequence.stop_ids, allowed)
        for n in range(1 + len(chunk.drafts))
    ]


def agreed(chunk: Chunk, tokens: list[int]) -> list[int]:
    """The sampled tokens up to the first that is not as drafted. A draw depends on seed and position alone, so they
    are what would have been sampled without drafts."""
    right = next((at for at, draft in enumerate(chunk.drafts) if tokens[at] != draft), len(chunk.drafts))
    return tokens[: right + 1]


def copy_pages(cache: Tensor, copies: Sequence[tuple[int, int]]) -> None:
    """cache: as `cache_shape` has it; copies: pages from and to, no page in both places."""
    if not copies:
        return
    # torch cannot index numbers of 8 bits on every device, bytes it can
    held = cache.view(torch.uint8) if cache.itemsize == 1 else cache
    sources, targets = torch.tensor(copies, device=cache.device).unbind(1)
    at = held.dim() // 2 - 1
    held.index_copy_(at, targets, held.index_select(at, sources))


def cache_shape(
    spec: DecoderSpec, n_pages: int, page_size: int, kv_dtype: torch.dtype | None = None
) -> tuple[int, ...]:
    """One (page, head) tile is contiguous: (n_layers, 2, n_pages, n_kv_heads, page_rows, head_dim), a row for each of
    the page's tokens, and in 8 bits one or a few for their scales, see `kernels.kv_format`.

    Of latent attention one page: (n_layers, n_pages, page_size, rank + rotary_dim), for all heads, never in 8 bits.
    """
    if spec.latent is not None:
        return (spec.n_layers, n_pages, page_size, spec.latent.width)
    rows = page_size if kv_dtype is None else page_rows(page_size, spec.head_dim, kv_dtype)
    return (spec.n_layers, 2, n_pages, spec.n_kv_heads, rows, spec.head_dim)


def empty_cache(decoder: Decoder, n_pages: int, page_size: int, kv_dtype: torch.dtype | None = None) -> Tensor:
    """Room for n_pages and the dummy page on the decoder's device. kv_dtype: of its numbers; None: the weights'."""
    weight = decoder.words.weight
    # Pages are written before they are read, and memory never written is not resident.
    return torch.empty(
        cache_shape(decoder.spec, n_pages + 1, page_size, kv_dtype),
        dtype=kv_dtype or weight.dtype,
        device=weight.device,
    )
