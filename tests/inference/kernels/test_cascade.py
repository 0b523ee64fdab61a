from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

import pytest
import torch

from inference.bench.inputs import PAGE
from inference.kernels import reference
from inference.kernels.kv_format import eight_bits
from inference.kernels.triton.cascade import cascade_attention
from tests.inference.kernels.setup import DEVICE, DTYPES, assert_close, paged, random


def _ints(values: Sequence[int]) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.int32, device=DEVICE)


def _rows(
    groups: Sequence[Sequence[int]],
    shared: Sequence[int],
    new: Sequence[int],
    *,
    kv_heads: int = 2,
    group: int = 2,
    head_dim: int = 64,
    dtype: torch.dtype = torch.float32,
    eight: bool = False,
) -> tuple[Any, ...]:
    """Arguments for groups of rows of such lengths, which have so many pages in common, each with its new tokens."""
    lengths = [length for each in groups for length in each]
    cache, table, seq_lens = paged(lengths, max(lengths) // PAGE + 2, 2, kv_heads, head_dim, dtype=dtype)
    first_rows = [0, *accumulate(map(len, groups))]
    for first, after, n_pages in zip(first_rows, first_rows[1:], shared, strict=False):
        table[first:after, :n_pages] = table[first, :n_pages].clone()
    starts = [0, *accumulate(new)]
    common = [n_pages for each, n_pages in zip(groups, shared, strict=True) for _ in each]
    most = max(starts[after] - starts[first] for first, after in pairwise(first_rows))
    return (
        random(sum(new), kv_heads * group, head_dim, dtype=dtype),
        eight_bits(cache) if eight else cache,
        table,
        _ints(starts),
        seq_lens,
        max(new),
        _ints(first_rows),
        _ints(common),
        most,
    )


def _row_by_row(arguments: tuple[Any, ...], scale: float | None = None) -> torch.Tensor:
    query, cache, table, starts, seq_lens, max_new, *_ = arguments
    return reference.extend_attention(query, cache, table, starts, seq_lens, max_new, None, scale)


@pytest.mark.parametrize(
    ("groups", "shared", "new"),
    [
        (((130, 200, 129),), (2,), (1, 1, 1)),
        (((70, 90), (300, 260)), (1, 4), (4, 1, 2, 3)),
        (((65,), (70, 3)), (1, 0), (1, 2, 3)),
    ],
)
def test_reading_together_is_reading_row_by_row(
    groups: Sequence[Sequence[int]], shared: Sequence[int], new: Sequence[int]
) -> None:
    arguments = _rows(groups, shared, new)

    together = reference.cascade_attention(*arguments)

    torch.testing.assert_close(together, _row_by_row(arguments), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("groups", "shared", "new", "kv_heads", "group", "head_dim"),
    [
        (((130, 200, 129),), (2,), (1, 1, 1), 2, 4, 128),
        (((70, 90), (200, 195)), (1, 3), (4, 1, 2, 3), 1, 7, 80),
        (((65,), (70, 3)), (1, 0), (1, 2, 3), 1, 1, 64),
    ],
)
def test_rows_agree_with_the_twin(
    dtype: torch.dtype,
    groups: Sequence[Sequence[int]],
    shared: Sequence[int],
    new: Sequence[int],
    kv_heads: int,
    group: int,
    head_dim: int,
) -> None:
    arguments = _rows(groups, shared, new, kv_heads=kv_heads, group=group, head_dim=head_dim, dtype=dtype)

    got = cascade_attention(*arguments, shared_splits=3, own_splits=2, min_pages=1, block_m=16)

    assert_close(got, reference.cascade_attention(*arguments))


def test_rows_of_8_bits_agree_with_the_twin() -> None:
    arguments = _rows(((130, 200, 129),), (2,), (1, 2, 1), dtype=torch.float16, eight=True)

    got = cascade_attention(*arguments, shared_splits=2, own_splits=2, min_pages=1)

    assert_close(got, reference.cascade_attention(*arguments))


def test_rows_that_pad_change_nothing() -> None:
    """They belong to the last group, and have no tokens."""
    arguments = _rows(((130, 200, 0, 0),), (2,), (1, 1, 1, 1))
    arguments[7][2:] = 0

    got = cascade_attention(*arguments, shared_splits=2, own_splits=2, min_pages=1)
    want = reference.cascade_attention(*arguments)

    assert_close(got[:2], want[:2])
    torch.testing.assert_close(want[:2], _row_by_row(arguments)[:2], rtol=1e-5, atol=1e-5)


def test_a_query_may_be_a_view_of_the_projection() -> None:
    _, *others = _rows(((130, 200),), (2,), (1, 2))
    query = random(3, 8, 64, dtype=torch.float32)[:, 2:6]
    arguments = (query, *others, 0.5)

    got = cascade_attention(*arguments, shared_splits=1, own_splits=1)

    assert_close(got, _row_by_row(arguments[:-1], 0.5))
