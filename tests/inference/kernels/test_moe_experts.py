from __future__ import annotations

import pytest
import torch
from torch import Tensor

from inference.bench.inputs import Inputs
from inference.kernels import reference
from inference.kernels.triton.moe_experts import moe_experts
from tests.inference.kernels.setup import DEVICE, DTYPES, assert_close, random


def _routed(n_tokens: int, n_experts: int, k: int) -> Tensor:
    """Experts for each token; the last is asked by nobody."""
    return torch.stack([torch.randperm(n_experts - 1, device=DEVICE)[:k] for _ in range(n_tokens)])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("n_tokens", "n_experts", "k", "size", "inner", "fp8"),
    [(1, 4, 2, 32, 24, False), (5, 6, 3, 40, 17, False), (20, 3, 2, 33, 32, False), (4, 3, 1, 48, 20, True)],
)
def test_sums_agree_with_the_twin(
    dtype: torch.dtype, n_tokens: int, n_experts: int, k: int, size: int, inner: int, fp8: bool
) -> None:
    gate_up = random(n_experts, 2 * inner, size, dtype=dtype) / size**0.5
    down = random(n_experts, size, inner, dtype=dtype) / inner**0.5
    scales = None
    if fp8:
        (gate_up, up_scale), (down, down_scale) = (reference.quantise_rows(each) for each in (gate_up, down))
        scales = (up_scale, down_scale)
    hidden = random(n_tokens, size + 4, dtype=dtype)[:, 2:-2]
    experts, weights = _routed(n_tokens, n_experts, k), torch.rand(n_tokens, k, device=DEVICE)

    got = moe_experts(hidden, gate_up, down, experts, weights, scales, block_n=32, block_k=32)

    assert_close(got, reference.moe_experts(hidden, gate_up, down, experts, weights, scales))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("n_tokens", "n_experts", "k", "size", "inner", "groups"), [(1, 4, 2, 64, 32, (2, 1)), (9, 5, 3, 96, 128, (6, 2))]
)
def test_sums_of_4_bits_agree_with_the_twin(
    dtype: torch.dtype, n_tokens: int, n_experts: int, k: int, size: int, inner: int, groups: tuple[int, int]
) -> None:
    inputs = Inputs(DEVICE, dtype)
    parts = [
        inputs.nibbles((n_experts, 2 * inner), size, groups[0]),
        inputs.nibbles((n_experts, size), inner, groups[1]),
    ]
    (gate_up, down), scales, zeros = zip(*parts, strict=True)
    hidden = random(n_tokens, size + 4, dtype=dtype)[:, 2:-2]
    experts, weights = _routed(n_tokens, n_experts, k), torch.rand(n_tokens, k, device=DEVICE)

    got = moe_experts(hidden, gate_up, down, experts, weights, scales, zeros, block_n=32)

    assert_close(got, reference.moe_experts(hidden, gate_up, down, experts, weights, scales, zeros))


def test_all_may_ask_one_expert() -> None:
    gate_up, down = random(3, 32, 16, dtype=torch.float32), random(3, 16, 16, dtype=torch.float32)
    hidden = random(35, 16, dtype=torch.float32)
    experts = torch.full((35, 1), 1, dtype=torch.int32, device=DEVICE)
    weights = torch.ones(35, 1, device=DEVICE)

    got = moe_experts(hidden, gate_up, down, experts, weights, block_m=16, block_n=16, block_k=16)

    assert_close(got / 16, reference.moe_experts(hidden, gate_up, down, experts, weights) / 16)


def test_no_token_asks_nobody() -> None:
    gate_up, down = random(2, 32, 16, dtype=torch.float32), random(2, 16, 16, dtype=torch.float32)
    nothing = random(0, 16, dtype=torch.float32)

    got = moe_experts(nothing, gate_up, down, torch.zeros(0, 1, dtype=torch.int64), torch.zeros(0, 1))

    assert got.shape == (0, 16)
