from __future__ import annotations

from itertools import accumulate

import pytest
import torch

from inference.kernels import reference
from inference.kernels.triton.lora_apply import lora_apply
from tests.inference.kernels.setup import DEVICE, DTYPES, assert_close, random


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("lengths", "adapters", "rank", "n_in", "n_out", "programs"),
    [
        ((1, 1, 1), (1, -1, 0), 16, 64, 40, 1),
        ((17, 0, 3), (0, 1, 1), 5, 90, 33, 8),
        ((2, 4), (-1, -1), 8, 32, 16, 1),
        ((0,), (0,), 8, 32, 16, 1),
    ],
)
def test_tokens_get_their_adapter_as_from_the_twin(
    dtype: torch.dtype,
    lengths: tuple[int, ...],
    adapters: tuple[int, ...],
    rank: int,
    n_in: int,
    n_out: int,
    programs: int,
) -> None:
    n_tokens = sum(lengths)
    x = random(n_tokens, n_in + 2, dtype=dtype)[:, 1:-1]
    out = random(n_tokens, n_out, dtype=dtype)
    before = out.clone()
    down, up = random(2, rank, n_in, dtype=dtype) / n_in**0.5, random(2, n_out, rank, dtype=dtype) / rank**0.5
    scale = torch.tensor([0.5, 2.0], device=DEVICE)
    starts = torch.tensor([0, *accumulate(lengths)], dtype=torch.int32, device=DEVICE)
    whose = torch.tensor(adapters, dtype=torch.int32, device=DEVICE)
    arguments = (x, out, down, up, scale, starts, whose, max(lengths))

    got = lora_apply(*arguments, programs=programs, block_k=32, block_n=32)

    assert_close(got, reference.lora_apply(*arguments))
    assert torch.equal(out, before)
