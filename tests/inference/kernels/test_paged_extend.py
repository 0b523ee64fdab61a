from __future__ import annotations

from itertools import accumulate

import pytest
import torch

from inference.kernels import reference
from inference.kernels.kv_format import eight_bits
from inference.kernels.triton.paged_extend import extend_attention
from tests.inference.kernels.setup import DEVICE, DTYPES, assert_close, paged, random


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("group", "head_dim", "new", "earlier", "window"),
    [
        (1, 64, (5, 1, 64), (0, 3, 0), None),
        (4, 128, (9,), (121,), None),
        (7, 80, (3, 6), (60, 0), None),
        (8, 64, (7, 0, 2), (64, 5, 0), None),
        (2, 64, (20, 3), (100, 0), 40),
        (4, 64, (70,), (2,), 3),
    ],
)
def test_chunks_agree_with_the_twin(
    dtype: torch.dtype,
    group: int,
    head_dim: int,
    new: tuple[int, ...],
    earlier: tuple[int, ...],
    window: int | None,
) -> None:
    lengths = [old + more for old, more in zip(earlier, new, strict=True)]
    cache, table, seq_lens = paged(lengths, 4, 2, 1, head_dim, dtype=dtype)
    starts = torch.tensor([0, *accumulate(new)], dtype=torch.int32, device=DEVICE)
    query = random(sum(new), group, head_dim, dtype=dtype)

    got = extend_attention(query, cache, table, starts, seq_lens, max(new), window, block_m=32)

    assert_close(got, reference.extend_attention(query, cache, table, starts, seq_lens, max(new), window))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("group", "head_dim", "new", "earlier", "window"),
    [(4, 128, (9,), (121,), None), (7, 80, (3, 6), (60, 0), None), (2, 64, (20, 3), (100, 0), 40)],
)
def test_chunks_over_8_bits_agree_with_the_twin(
    dtype: torch.dtype,
    group: int,
    head_dim: int,
    new: tuple[int, ...],
    earlier: tuple[int, ...],
    window: int | None,
) -> None:
    lengths = [old + more for old, more in zip(earlier, new, strict=True)]
    whole, table, seq_lens = paged(lengths, 3, 2, 2, head_dim, dtype=dtype)
    cache = eight_bits(whole)
    starts = torch.tensor([0, *accumulate(new)], dtype=torch.int32, device=DEVICE)
    query = random(sum(new), 2 * group, head_dim, dtype=dtype)

    got = extend_attention(query, cache, table, starts, seq_lens, max(new), window, block_m=32)

    assert_close(got, reference.extend_attention(query, cache, table, starts, seq_lens, max(new), window))


def test_a_query_may_be_a_view_and_heads_keep_apart() -> None:
    cache, table, seq_lens = paged((66,), 2, 2, 2, 64, dtype=torch.float32)
    query = random(3, 8, 64, dtype=torch.float32)[:, 2:6]
    starts = torch.tensor([0, 3], dtype=torch.int32, device=DEVICE)

    got = extend_attention(query, cache, table, starts, seq_lens, 3, None, 0.5)

    assert_close(got, reference.extend_attention(query, cache, table, starts, seq_lens, 3, None, 0.5))
