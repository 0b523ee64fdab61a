"""Attention of a row that must be the same to the bit: alone, and in batches of other lengths and tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import accumulate
from typing import Any

import pytest
import torch
from torch import Tensor

from inference import kernels
from inference.attention.base import Span, StepBatch, calls
from inference.attention.paged import PagedAttention
from inference.bench.inputs import PAGE
from inference.kernels import dispatch
from inference.kernels.kv_format import eight_bits
from inference.kernels.triton.mla_decode import mla_decode
from inference.kernels.triton.mla_extend import mla_extend
from tests.inference.kernels.setup import DEVICE, paged, random

NEW, LENGTHS = (1, 6, 9, 2), (65, 70, 9, 64)
BEGINS = (0, *accumulate(NEW))


@pytest.fixture
def _all_kernels(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(dispatch.VARIABLE, "all")
    dispatch.forget()
    yield
    monkeypatch.undo()
    dispatch.forget()


def _batch(rows: slice, table: Tensor, seq_lens: Tensor, deterministic: bool = True) -> StepBatch:
    """Those rows, their tables no wider than they need; what is written where is no matter of attention's."""
    lengths, new = LENGTHS[rows], NEW[rows]
    spans = [Span(begin, *each) for begin, *each in zip((0, *accumulate(new)), new, lengths, strict=False)]
    nothing = torch.zeros(sum(new), dtype=torch.int64, device=DEVICE)
    held = table[rows, : -(-max(lengths) // PAGE)].contiguous()
    served = calls(spans, DEVICE)
    return StepBatch(nothing, nothing, nothing, nothing, held, seq_lens[rows], served, deterministic=deterministic)


def _each_alone(query: Tensor, together: Tensor, attend: Callable[[Tensor, slice], Tensor]) -> None:
    for row, new in enumerate(NEW):
        tokens = slice(BEGINS[row], BEGINS[row] + new)
        assert torch.equal(together[tokens], attend(query[tokens].contiguous(), slice(row, row + 1)))


@pytest.mark.usefixtures("_all_kernels")
@pytest.mark.parametrize("eight", [False, True])
def test_attention_is_the_same_alone_and_in_a_batch(eight: bool) -> None:
    whole, table, seq_lens = paged(LENGTHS, 2, 2, 1, 64, dtype=torch.float32)
    cache = eight_bits(whole) if eight else whole
    query = random(sum(NEW), 2, 64, dtype=torch.float32)

    def attend(asked: Tensor, rows: slice) -> Tensor:
        return PagedAttention().attend(asked, cache=cache, batch=_batch(rows, table, seq_lens), window=None)

    _each_alone(query, attend(query, slice(0, len(NEW))), attend)


def test_rows_of_latents_are_the_same_alone_and_in_a_batch() -> None:
    cache, table, seq_lens = paged(LENGTHS, 2, 48, dtype=torch.float32)
    query = random(len(LENGTHS), 1, 2, 48, dtype=torch.float32)

    together = mla_decode(query, cache, table, seq_lens, 32, 0.2, True, min_pages=1)

    for row, length in enumerate(LENGTHS):
        own = slice(row, row + 1)
        held = table[own, : -(-length // PAGE)].contiguous()
        assert torch.equal(
            together[own], mla_decode(query[own], cache, held, seq_lens[own], 32, 0.2, True, min_pages=1)
        )


def test_chunks_over_latents_are_the_same_alone_and_in_a_batch() -> None:
    """Also where the pages are gone through in blocks of another size."""
    cache, table, seq_lens = paged(LENGTHS, 2, 48, dtype=torch.float32)
    query, up = random(sum(NEW), 2, 32, dtype=torch.float32), random(2, 32, 32, dtype=torch.float32) / 6
    starts = torch.tensor(BEGINS, dtype=torch.int32, device=DEVICE)

    together = mla_extend(query, up, cache, table, starts, seq_lens, 0.2, True, scratch_mib=0, block_t=32)

    def attend(asked: Tensor, rows: slice) -> Tensor:
        bounds = torch.tensor([0, len(asked)], dtype=torch.int32, device=DEVICE)
        return mla_extend(asked, up, cache, table[rows], bounds, seq_lens[rows], 0.2, True, block_t=32)

    _each_alone(query, together, attend)


@pytest.mark.parametrize("deterministic", [False, True])
def test_every_operation_is_told(monkeypatch: pytest.MonkeyPatch, deterministic: bool) -> None:
    told: dict[str, list[Any]] = {}
    for name in ("paged_attention", "extend_attention", "mla_decode", "mla_extend"):
        operation = getattr(kernels, name)

        def listen(*given: Any, name: str = name, operation: Callable[..., Tensor] = operation) -> Tensor:
            told.setdefault(name, []).append(given[-1])
            return operation(*given)

        monkeypatch.setattr(kernels, name, listen)
    cache, table, seq_lens = paged(LENGTHS, 2, 2, 1, 64, dtype=torch.float32)
    latents, _, _ = paged(LENGTHS, 2, 48, dtype=torch.float32)
    batch = replace(_batch(slice(0, len(NEW)), table, seq_lens), deterministic=deterministic)
    up = random(2, 32, 32, dtype=torch.float32)

    PagedAttention().attend(random(sum(NEW), 2, 64, dtype=torch.float32), cache=cache, batch=batch, window=None)
    PagedAttention().attend_latents(
        random(sum(NEW), 2, 32, dtype=torch.float32), up, cache=latents, batch=batch, scale=0.2
    )

    assert told == {
        "paged_attention": [deterministic] * 2,
        "extend_attention": [deterministic],
        "mla_decode": [deterministic] * 2,
        "mla_extend": [deterministic],
    }
