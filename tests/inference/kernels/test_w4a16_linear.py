from __future__ import annotations

import pytest
import torch

from inference.kernels import reference
from inference.kernels.reference.nibbles import half_tile, pack_nibbles, unpack_nibbles
from inference.kernels.triton.w4a16_linear import w4a16_linear
from tests.inference.kernels.setup import DEVICE, DTYPES, assert_close, random


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("n_tokens", "n_in", "n_out", "n_groups", "programs", "ordered", "bias"),
    [
        (1, 256, 40, 2, 1, False, False),
        (3, 128, 33, 1, 8, False, True),
        (18, 192, 24, 6, 8, True, True),
        (2, 96, 16, 6, 1, True, False),
        (0, 128, 16, 1, 1, False, False),
    ],
)
def test_results_agree_with_the_twin(
    dtype: torch.dtype, n_tokens: int, n_in: int, n_out: int, n_groups: int, programs: int, ordered: bool, bias: bool
) -> None:
    half = half_tile(n_in, n_groups)
    assert half is not None
    packed = pack_nibbles(torch.randint(0, 16, (n_out, n_in), dtype=torch.uint8, device=DEVICE), half)
    scale = (torch.rand(n_out, n_groups, device=DEVICE) / n_in**0.5 / 4).to(torch.float16)
    zero = torch.randint(0, 17, (n_out, n_groups), device=DEVICE).to(torch.float16)
    order = torch.randperm(n_in, device=DEVICE).to(torch.int32) if ordered else None
    added = random(n_out, dtype=dtype) if bias else None
    x = random(n_tokens, n_in + 2, dtype=dtype)[:, 1:-1]

    got = w4a16_linear(
        x, packed, scale, zero, order, added, programs=programs, block_m=16, block_n=16, fewest=1, num_stages=2
    )

    assert_close(got, reference.w4a16_linear(x, packed, scale, zero, order, added))


@pytest.mark.parametrize(
    ("n_in", "n_groups", "half"),
    [(4096, 32, 64), (4864, 38, 64), (192, 1, 32), (96, 6, 16), (80, 1, None), (96, 7, None)],
)
def test_halves_of_tiles_lie_in_one_group(n_in: int, n_groups: int, half: int | None) -> None:
    assert half_tile(n_in, n_groups) == half


def test_packing_is_undone_by_unpacking() -> None:
    values = torch.arange(16, dtype=torch.uint8).repeat(3, 4)

    assert pack_nibbles(values, 16)[0].tolist() == [17 * at for at in range(16)] * 2
    assert torch.equal(unpack_nibbles(pack_nibbles(values, 32), 32), values)
