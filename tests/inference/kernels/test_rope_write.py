from __future__ import annotations

import pytest
import torch
from torch import Tensor

from inference.bench.agreement import error
from inference.kernels import kv_format, reference
from inference.kernels.kv_format import eight_bits
from inference.kernels.triton.rope_write import qk_norm_rope_write
from tests.inference.kernels.setup import DEVICE, DTYPES, assert_close, random

SHAPES = pytest.mark.parametrize(
    ("n_heads", "n_kv_heads", "head_dim", "norm", "interleaved"),
    [(4, 2, 64, False, False), (5, 1, 80, True, False), (7, 7, 128, True, True), (2, 1, 64, False, True)],
)
PLACES = [2, 1, 2], [0, 63, 5]


def _given(
    dtype: torch.dtype, n_heads: int, n_kv_heads: int, head_dim: int, norm: bool
) -> tuple[tuple[Tensor, ...], tuple[Tensor, Tensor], tuple[Tensor, Tensor] | None]:
    """What is written, where to, and the norms."""
    n_tokens = len(PLACES[0])
    projected = random(n_tokens, n_heads + 2 * n_kv_heads, head_dim, dtype=dtype)
    query, key, value = projected.split([n_heads, n_kv_heads, n_kv_heads], dim=1)
    angle = torch.rand(n_tokens, 1, head_dim // 2, device=DEVICE) * 6
    cos, sin = angle.cos().to(dtype), angle.sin().to(dtype)
    norms = (random(head_dim, dtype=dtype), random(head_dim, dtype=dtype)) if norm else None
    pages, offsets = (torch.tensor(places, device=DEVICE) for places in PLACES)
    return (query, key, value, cos, sin), (pages, offsets), norms


@pytest.mark.parametrize("dtype", DTYPES)
@SHAPES
def test_results_and_cache_agree_with_the_twin(
    dtype: torch.dtype, n_heads: int, n_kv_heads: int, head_dim: int, norm: bool, interleaved: bool
) -> None:
    """The cache is compared whole: places that are not written keep what they had."""
    new, places, norms = _given(dtype, n_heads, n_kv_heads, head_dim, norm)
    cache = random(2, 4, n_kv_heads, 64, head_dim, dtype=dtype)
    expected = cache.clone()

    got = qk_norm_rope_write(*new, cache, *places, norms, 1e-6, interleaved)

    assert_close(got, reference.qk_norm_rope_write(*new, expected, *places, norms, 1e-6, interleaved))
    assert_close(cache, expected)


@pytest.mark.parametrize("dtype", DTYPES)
@SHAPES
def test_a_cache_of_8_bits_agrees_with_the_twin(
    dtype: torch.dtype, n_heads: int, n_kv_heads: int, head_dim: int, norm: bool, interleaved: bool
) -> None:
    new, places, norms = _given(dtype, n_heads, n_kv_heads, head_dim, norm)
    cache = eight_bits(random(2, 4, n_kv_heads, 64, head_dim, dtype=dtype))
    expected, before = cache.clone(), cache.view(torch.uint8).clone()

    got = qk_norm_rope_write(*new, cache, *places, norms, 1e-6, interleaved)

    assert_close(got, reference.qk_norm_rope_write(*new, expected, *places, norms, 1e-6, interleaved))
    assert error(cache, expected) <= 1
    mine, twins = cache.view(torch.uint8), expected.view(torch.uint8)
    assert torch.equal(mine[:, :, :, 64:], twins[:, :, :, 64:])
    written = torch.zeros(2, 4, 1, 64, 1, dtype=torch.bool, device=DEVICE)
    written[:, places[0], :, places[1]] = True
    numbers = mine[:, :, :, :64]
    assert torch.equal(numbers.where(~written, 0), before[:, :, :, :64].where(~written, 0))


@pytest.mark.parametrize("largest", [0.0, 1e-30, 0.0546875, 448.0, 449.0, 3e38])
def test_the_scale_is_the_smallest_power_of_two_that_fits(largest: float) -> None:
    x = torch.full((1, 1, 64), largest, device=DEVICE)
    turn = torch.ones(1, 1, 32, device=DEVICE), torch.zeros(1, 1, 32, device=DEVICE)
    cache = eight_bits(torch.zeros(2, 1, 1, 64, 64, device=DEVICE))
    place = torch.zeros(1, dtype=torch.int64, device=DEVICE)

    qk_norm_rope_write(x, x, x, *turn, cache, place, place, None, 0.0, False)

    exponent = int(cache[0].view(torch.uint8)[0, 0, 64, 0]) - 127
    assert largest <= 448 * 2.0**exponent
    assert exponent == -126 or largest > 448 * 2.0 ** (exponent - 1)
    torch.testing.assert_close(kv_format.read(cache[1], place, torch.float32)[0, 0, 0], x[0, 0], rtol=1 / 16, atol=0.0)
