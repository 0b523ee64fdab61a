from __future__ import annotations

import pytest
import torch

from inference.kernels import reference
from inference.kernels.triton.linear_skinny import linear_skinny
from tests.inference.kernels.setup import DTYPES, assert_close, random


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("n_tokens", "n_in", "n_out", "programs", "around"),
    [
        (1, 64, 32, 1, ()),
        (3, 100, 50, 4, ("bias", "norm", "residual")),
        (17, 96, 40, 1, ("norm", "gated", "residual", "scale")),
        (5, 130, 36, 4, ("bias", "norm", "gated", "scale")),
        (0, 64, 32, 1, ("norm",)),
        (64, 70, 33, 2, ("scale", "bias")),
    ],
)
def test_results_agree_with_the_twin(
    dtype: torch.dtype, n_tokens: int, n_in: int, n_out: int, programs: int, around: tuple[str, ...]
) -> None:
    gated, scale = "gated" in around, None
    weight = random(n_out, n_in, dtype=dtype) / n_in**0.5
    if "scale" in around:
        weight, scale = reference.quantise_rows(weight)
    x = random(n_tokens, n_in + 6, dtype=dtype)[:, 3:-3]
    bias = random(n_out, dtype=dtype) if "bias" in around else None
    norm = random(n_in, dtype=dtype) if "norm" in around else None
    residual = random(n_tokens, n_out // 2 if gated else n_out, dtype=dtype) if "residual" in around else None

    got = linear_skinny(
        x, weight, bias, scale, norm, 1e-5, gated, residual, programs=programs, block_n=16, block_k=32, fewest=1
    )

    assert_close(got, reference.linear_skinny(x, weight, bias, scale, norm, 1e-5, gated, residual))
