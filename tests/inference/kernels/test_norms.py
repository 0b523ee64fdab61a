from __future__ import annotations

import pytest
import torch

from inference.kernels import reference
from inference.kernels.triton.norms import add_rms_norm, add_rms_norm_fp8, rms_norm
from tests.inference.kernels.setup import DTYPES, assert_a_step_apart, assert_close, random

SHAPES = [(1, 64), (5, 100), (0, 32)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("n_tokens", "size"), SHAPES)
def test_norms_and_sums_agree_with_the_twin(dtype: torch.dtype, n_tokens: int, size: int) -> None:
    x, residual = random(n_tokens, size + 4, dtype=dtype)[:, :size], random(n_tokens, size, dtype=dtype)
    weight = random(size, dtype=dtype)

    normed, total = add_rms_norm(x, residual, weight, 1e-6)

    wanted, wanted_total = reference.add_rms_norm(x, residual, weight, 1e-6)
    assert_close(normed, wanted)
    assert torch.equal(total, wanted_total)
    assert_close(rms_norm(x, weight, 1e-6), reference.rms_norm(x, weight, 1e-6))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("added", [True, False])
def test_rounded_norms_are_one_step_from_the_twins(dtype: torch.dtype, added: bool) -> None:
    x, weight = random(6, 100, dtype=dtype), random(100, dtype=dtype)
    x[2] = 0
    residual = x * 2 if added else None

    rounded, scale, total = add_rms_norm_fp8(x, residual, weight, 1e-6)

    wanted, wanted_scale, wanted_total = reference.add_rms_norm_fp8(x, residual, weight, 1e-6)
    assert_close(scale, wanted_scale)
    assert torch.equal(total, wanted_total)
    assert_a_step_apart(rounded, wanted)
