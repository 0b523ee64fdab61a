"""Operations whose results an FP8 product reads next, in plain torch: rounded to e4m3 on the way out.

Values and scales are those of `quantise_rows`, of what the operation without it returns.
"""

from __future__ import annotations

from torch import Tensor

from inference.kernels.reference.activation import swiglu
from inference.kernels.reference.linear import quantise_rows
from inference.kernels.reference.norm import rms_norm


def add_rms_norm_fp8(x: Tensor, residual: Tensor | None, weight: Tensor, eps: float) -> tuple[Tensor, Tensor, Tensor]:
    """`add_rms_norm` for FP8 products; residual None: x alone is normalised, and is the sum.

    Returns (values (n_tokens, size) e4m3, scales (n_tokens,) fp32, sum (n_tokens, size) in x's dtype).
    """
    total = x if residual is None else residual + x
    return *quantise_rows(rms_norm(total, weight, eps)), total


def swiglu_fp8(gate_up: Tensor) -> tuple[Tensor, Tensor]:
    """`swiglu` for FP8 products: (values (n_tokens, intermediate) e4m3, scales (n_tokens,) fp32)."""
    return quantise_rows(swiglu(gate_up))
