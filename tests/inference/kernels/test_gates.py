from __future__ import annotations

import pytest
import torch

from inference.kernels import reference
from inference.kernels.triton.gates import swiglu, swiglu_fp8
from tests.inference.kernels.setup import DTYPES, assert_a_step_apart, assert_close, random


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("n_tokens", "size", "block"), [(3, 64, 64), (2, 100, 32), (0, 8, 16)])
def test_gates_agree_with_the_twin(dtype: torch.dtype, n_tokens: int, size: int, block: int) -> None:
    gate_up = random(n_tokens, 2 * size, dtype=dtype)

    assert_close(swiglu(gate_up, block=block), reference.swiglu(gate_up))


@pytest.mark.parametrize("dtype", DTYPES)
def test_rounded_gates_are_one_step_from_the_twins(dtype: torch.dtype) -> None:
    gate_up = random(4, 200, dtype=dtype)
    gate_up[1] = 0

    rounded, scale = swiglu_fp8(gate_up)

    wanted, wanted_scale = reference.swiglu_fp8(gate_up)
    assert_close(scale, wanted_scale)
    assert rounded.shape == (4, 100)
    assert_a_step_apart(rounded, wanted)
    assert scale[1] == 1
