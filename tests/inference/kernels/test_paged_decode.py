from __future__ import annotations

import pytest
import torch

from inference.kernels import reference
from inference.kernels.kv_format import eight_bits
from inference.kernels.triton.paged_decode import paged_attention
from tests.inference.kernels.setup import DTYPES, assert_close, paged, random


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("group", "head_dim", "q_len", "lengths", "window"),
    [
        (1, 64, 1, (1, 64, 0, 65), None),
        (4, 128, 1, (200, 127), None),
        (7, 80, 2, (2, 130), None),
        (8, 64, 4, (64, 190), 100),
        (2, 64, 3, (129, 0), 5),
    ],
)
def test_rows_agree_with_the_twin(
    dtype: torch.dtype, group: int, head_dim: int, q_len: int, lengths: tuple[int, ...], window: int | None
) -> None:
    cache, table, seq_lens = paged(lengths, 4, 2, 2, head_dim, dtype=dtype)
    query = random(len(lengths), q_len, 2 * group, head_dim, dtype=dtype)

    got = paged_attention(query, cache, table, seq_lens, window, programs=8, min_pages=1)

    assert_close(got, reference.paged_attention(query, cache, table, seq_lens, window))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("group", "head_dim", "q_len", "lengths", "window"),
    [(4, 128, 1, (130, 0), None), (7, 80, 1, (64, 65), None), (2, 64, 3, (129, 3), 70)],
)
def test_rows_of_8_bits_agree_with_the_twin(
    dtype: torch.dtype, group: int, head_dim: int, q_len: int, lengths: tuple[int, ...], window: int | None
) -> None:
    whole, table, seq_lens = paged(lengths, 3, 2, 2, head_dim, dtype=dtype)
    cache = eight_bits(whole)
    query = random(len(lengths), q_len, 2 * group, head_dim, dtype=dtype)

    got = paged_attention(query, cache, table, seq_lens, window, programs=8, min_pages=1)

    assert_close(got, reference.paged_attention(query, cache, table, seq_lens, window))


def test_a_row_is_not_changed_by_others_when_deterministic() -> None:
    cache, table, seq_lens = paged((190, 70, 20), 3, 2, 1, 64, dtype=torch.float32)
    query = random(3, 1, 2, 64, dtype=torch.float32)

    together = paged_attention(query, cache, table, seq_lens, None, deterministic=True, min_pages=1)
    alone = paged_attention(query[:1], cache, table[:1], seq_lens[:1], None, deterministic=True, min_pages=1)

    assert torch.equal(together[:1], alone)


def test_a_query_may_be_a_view_of_the_projection() -> None:
    cache, table, seq_lens = paged((70,), 2, 2, 2, 64, dtype=torch.float32)
    projected = random(1, 1, 8, 64, dtype=torch.float32)
    query = projected[:, :, 2:6]

    got = paged_attention(query, cache, table, seq_lens, None, 0.5)

    assert_close(got, reference.paged_attention(query, cache, table, seq_lens, None, 0.5))
