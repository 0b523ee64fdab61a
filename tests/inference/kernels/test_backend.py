"""A whole step through the attention backend, kernels against twins."""

from __future__ import annotations

from itertools import accumulate

import pytest
import torch
from torch import Tensor

from inference.attention.base import Beginning, Span, StepBatch, calls
from inference.attention.paged import PagedAttention
from inference.bench.inputs import PAGE
from inference.kernels import dispatch
from tests.inference.kernels.setup import DEVICE, assert_close, paged, random

NEW = (1, 1, 6, 9, 2)
LENGTHS = (3, 65, 70, 9, 64)


def _batch(table: Tensor, seq_lens: Tensor) -> StepBatch:
    starts = [0, *accumulate(NEW)]
    spans = [Span(start, new, length) for start, new, length in zip(starts, NEW, LENGTHS, strict=False)]
    places = [
        (row, place) for row, span in enumerate(spans) for place in range(span.context - span.n_new, span.context)
    ]
    pages = torch.tensor([int(table[row, place // PAGE]) for row, place in places], device=DEVICE)
    positions = torch.tensor([place for _, place in places], device=DEVICE)
    return StepBatch(positions, positions, pages, positions % PAGE, table, seq_lens, calls(spans, DEVICE))


def test_rows_are_served_in_their_order_with_few_calls() -> None:
    _, table, seq_lens = paged(LENGTHS, 2, 2, 1, 64, dtype=torch.float32)

    served = [(call.rows, call.tokens, call.max_new, call.starts) for call in _batch(table, seq_lens).calls]

    decoding, chunks, drafts = served
    assert decoding == (slice(0, 2), slice(0, 2), 1, None)
    assert chunks[:3] == (slice(2, 4), slice(2, 17), 9)
    assert chunks[3] is not None
    assert chunks[3].tolist() == [0, 6, 15]
    assert drafts == (slice(4, 5), slice(17, 19), 2, None)


def test_a_step_with_kernels_is_the_step_without(monkeypatch: pytest.MonkeyPatch) -> None:
    cache, table, seq_lens = paged(LENGTHS, 2, 2, 1, 64, dtype=torch.float32)
    batch = _batch(table, seq_lens)
    query = random(sum(NEW), 2, 64, dtype=torch.float32)

    results = {}
    for policy in ("reference", "all"):
        monkeypatch.setenv(dispatch.VARIABLE, policy)
        dispatch.forget()
        results[policy] = PagedAttention().attend(query, cache=cache, batch=batch, window=None)
    monkeypatch.undo()
    dispatch.forget()

    assert_close(results["all"], results["reference"])


def test_rows_that_begin_alike_are_served_together(monkeypatch: pytest.MonkeyPatch) -> None:
    lengths, new = (70, 200, 133, 130, 80), (1, 1, 3, 2, 5)
    cache, table, seq_lens = paged(lengths, 4, 2, 2, 64, dtype=torch.float32)
    table[2:4, :2] = table[1, :2].clone()
    spans = [Span(sum(new[:row]), new[row], lengths[row]) for row in range(5)]
    nowhere = torch.empty(0)
    apart, together = (
        StepBatch(nowhere, nowhere, nowhere, nowhere, table, seq_lens, calls(spans, DEVICE, beginnings))
        for beginnings in ((), (Beginning(1, 3, 2),))
    )
    query = random(sum(new), 4, 64, dtype=torch.float32)

    alone, siblings, chunk = together.calls
    assert (alone.rows, siblings.rows, chunk.rows) == (slice(0, 1), slice(1, 4), slice(4, 5))
    assert (alone.shared, alone.starts, chunk.shared) == (None, None, None)
    assert siblings.starts is not None
    assert siblings.shared is not None
    assert siblings.starts.tolist() == [0, 1, 4, 6]
    assert siblings.shared.groups.tolist() == [0, 3]
    assert siblings.shared.n_pages.tolist() == [2, 2, 2]
    assert (siblings.max_new, siblings.shared.max_group) == (3, 6)

    backend = PagedAttention()
    for window in (None, 100):
        monkeypatch.setenv(dispatch.VARIABLE, "reference")
        dispatch.forget()
        wanted = backend.attend(query, cache=cache, batch=apart, window=window)
        twin = backend.attend(query, cache=cache, batch=together, window=window)
        monkeypatch.setenv(dispatch.VARIABLE, "all")
        dispatch.forget()
        kernel = backend.attend(query, cache=cache, batch=together, window=window)
        torch.testing.assert_close(twin, wanted, rtol=1e-5, atol=1e-5)
        assert_close(kernel, wanted)
    monkeypatch.undo()
    dispatch.forget()
