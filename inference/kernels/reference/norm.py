"""Normalisations in plain torch. Knows no layer."""

from __future__ import annotations

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """x / rms(x) * weight over the last dimension; computed in fp32, returned in x's dtype."""
    wide = x.float()
    scaled = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + eps)
    return weight * scaled.to(x.dtype)


def add_rms_norm(x: Tensor, residual: Tensor, weight: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    """(rms_norm(residual + x), residual + x): what a block reads, and what it is added to.

    x, residual: (n_tokens, size), the last dimension contiguous; weight: (size,). Both results are in x's dtype, and
    the sum is rounded to it before it is normalised.
    """
    total = residual + x
    return rms_norm(total, weight, eps), total
