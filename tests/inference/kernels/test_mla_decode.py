from __future__ import annotations

import pytest
import torch

from inference.kernels import reference
from inference.kernels.triton.mla_decode import mla_decode
from tests.inference.kernels.setup import DTYPES, assert_close, paged, random


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("n_heads", "q_len", "lengths", "programs"), [(3, 1, (1, 0, 64, 130), 1), (20, 2, (2, 200), 8), (16, 1, (65,), 2)]
)
def test_rows_agree_with_the_twin(
    dtype: torch.dtype, n_heads: int, q_len: int, lengths: tuple[int, ...], programs: int
) -> None:
    cache, table, seq_lens = paged(lengths, 4, 96, dtype=dtype)
    query = random(len(lengths), q_len, n_heads, 96, dtype=dtype)

    got = mla_decode(query, cache, table, seq_lens, 64, 0.1, programs=programs, min_pages=1, block_m=32)

    assert_close(got, reference.mla_decode(query, cache, table, seq_lens, 64, 0.1))


def test_at_the_size_of_deepseek() -> None:
    cache, table, seq_lens = paged((70,), 2, 576, dtype=torch.float32)
    query = random(1, 1, 16, 576, dtype=torch.float32)

    got = mla_decode(query, cache, table, seq_lens, 512, 0.07, programs=2, min_pages=1)

    assert_close(got, reference.mla_decode(query, cache, table, seq_lens, 512, 0.07))
