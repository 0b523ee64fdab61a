from __future__ import annotations

import pytest
import torch

from inference.kernels import reference
from inference.kernels.triton.rope_write import qk_norm_rope_write
from tests.inference.kernels.setup import DEVICE, DTYPES, assert_close, random


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("n_heads", "n_kv_heads", "head_dim", "norm", "interleaved"),
    [(4, 2, 64, False, False), (5, 1, 80, True, False), (7, 7, 128, True, True), (2, 1, 64, False, True)],
)
def test_results_and_cache_agree_with_the_twin(
    dtype: torch.dtype, n_heads: int, n_kv_heads: int, head_dim: int, norm: bool, interleaved: bool
) -> None:
    """The cache is compared whole: places that are not written keep what they had."""
    n_tokens = 3
    projected = random(n_tokens, n_heads + 2 * n_kv_heads, head_dim, dtype=dtype)
    query, key, value = projected.split([n_heads, n_kv_heads, n_kv_heads], dim=1)
    angle = torch.rand(n_tokens, 1, head_dim // 2, device=DEVICE) * 6
    cos, sin = angle.cos().to(dtype), angle.sin().to(dtype)
    norms = (random(head_dim, dtype=dtype), random(head_dim, dtype=dtype)) if norm else None
    pages, offsets = torch.tensor([2, 1, 2], device=DEVICE), torch.tensor([0, 63, 5], device=DEVICE)
    cache = random(2, 4, n_kv_heads, 64, head_dim, dtype=dtype)
    expected = cache.clone()

    got = qk_norm_rope_write(query, key, value, cos, sin, cache, pages, offsets, norms, 1e-6, interleaved)

    wanted = reference.qk_norm_rope_write(
        query, key, value, cos, sin, expected, pages, offsets, norms, 1e-6, interleaved
    )
    assert_close(got, wanted)
    assert_close(cache, expected)
