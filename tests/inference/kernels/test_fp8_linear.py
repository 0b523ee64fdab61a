from __future__ import annotations

import pytest
import torch

from inference.kernels import reference
from inference.kernels.triton.fp8_linear import fp8_linear, quantise_rows
from tests.inference.kernels.setup import DEVICE, DTYPES, assert_close, random


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("n_tokens", "n_in", "n_out", "programs", "bias"),
    [(1, 64, 32, 1, False), (37, 144, 50, 2, True), (64, 32, 96, 8, False), (0, 32, 16, 1, True)],
)
def test_products_agree_with_the_twin(
    dtype: torch.dtype, n_tokens: int, n_in: int, n_out: int, programs: int, bias: bool
) -> None:
    x, x_scale = reference.quantise_rows(random(n_tokens, n_in, dtype=dtype))
    weight, scale = reference.quantise_rows(random(n_out, n_in, dtype=dtype) / n_in**0.5)
    added = random(n_out, dtype=dtype) if bias else None

    got = fp8_linear(
        x, x_scale, weight, scale, added, dtype, programs=programs, block_m=32, block_n=32, block_k=32, num_stages=2
    )

    assert_close(got, reference.fp8_linear(x, x_scale, weight, scale, added, dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size", [64, 100])
def test_rows_are_rounded_as_by_the_twin(dtype: torch.dtype, size: int) -> None:
    x = random(5, size + 2, dtype=dtype)[:, 1:-1] * torch.tensor([0.001, 1, 50, 0, 7], device=DEVICE)[:, None].to(dtype)

    rounded, scale = quantise_rows(x)

    wanted, wanted_scale = reference.quantise_rows(x)
    assert scale.tolist() == wanted_scale.tolist()
    assert torch.equal(rounded.float(), wanted.float())


def test_what_is_rounded_is_near() -> None:
    x = random(40, 512, dtype=torch.float32)

    rounded, scale = reference.quantise_rows(x)

    error = (rounded.float() * scale[:, None] - x).abs()
    assert bool((error <= torch.maximum(x.abs() / 16, scale[:, None] / 1024) * 1.0001).all())
    assert rounded.float().abs().amax(dim=1).tolist() == [448.0] * 40
