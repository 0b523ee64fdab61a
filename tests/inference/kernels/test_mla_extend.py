from __future__ import annotations

from itertools import accumulate

import pytest
import torch
from torch import Tensor

from inference.kernels import reference
from inference.kernels.triton.mla_extend import mla_extend
from tests.inference.kernels.setup import DEVICE, DTYPES, assert_close, paged, random

LATENT, ROTARY = 32, 16


def _given(
    new: tuple[int, ...], earlier: tuple[int, ...], heads: int, plain: int, value: int, dtype: torch.dtype
) -> tuple[Tensor, ...]:
    lengths = [old + more for old, more in zip(earlier, new, strict=True)]
    cache, table, seq_lens = paged(lengths, 3, LATENT + ROTARY, dtype=dtype)
    query = random(sum(new), heads, plain + ROTARY, dtype=dtype)
    up = random(heads, plain + value, LATENT, dtype=dtype) / LATENT**0.5
    starts = torch.tensor([0, *accumulate(new)], dtype=torch.int32, device=DEVICE)
    return query, up, cache, table, starts, seq_lens


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("new", "earlier", "heads", "plain", "value"),
    [
        ((5,), (0,), 1, 32, 32),
        ((9, 1), (121, 0), 2, 16, 24),
        ((7, 0, 20), (64, 5, 0), 2, 24, 16),
        ((70,), (58,), 1, 8, 12),
    ],
)
def test_chunks_agree_with_the_twin(
    dtype: torch.dtype, new: tuple[int, ...], earlier: tuple[int, ...], heads: int, plain: int, value: int
) -> None:
    given = _given(new, earlier, heads, plain, value, dtype)

    got = mla_extend(*given, 0.2, block_t=32, block_n=32)

    assert_close(got, reference.mla_extend(*given, 0.2))


def test_a_softmax_goes_on_over_blocks_of_pages() -> None:
    """No scratch is a page at a time, three here; the short row has none in the last two."""
    given = _given((20, 3), (110, 4), 2, 16, 16, torch.float32)

    got = mla_extend(*given, 0.2, block_t=32, block_n=32, scratch_mib=0)

    assert_close(got, reference.mla_extend(*given, 0.2))


def test_a_query_may_be_a_view() -> None:
    query, *rest = _given((6,), (0,), 2, 16, 16, torch.float32)
    wider = torch.cat((query, query), dim=1)[:, 1:3]

    assert_close(mla_extend(wider, *rest, 0.2), reference.mla_extend(wider, *rest, 0.2))
