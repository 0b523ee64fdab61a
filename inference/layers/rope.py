"""Rotary position tables. Knows the frequency rules of the RoPE kinds; nothing of attention."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from inference.models.rope_spec import RopeSpec


def inverse_frequencies(spec: RopeSpec, head_dim: int) -> Tensor:
    """(head_dim / 2,) fp32, scaled as `spec` says. Always on the CPU, so that every device turns by the same angles."""
    steps = torch.arange(0, head_dim, 2, dtype=torch.int64).float() / head_dim
    if spec.kind == "yarn":
        return _yarn(spec.theta**steps, spec, head_dim)
    plain = 1.0 / (spec.theta**steps)
    if spec.kind == "linear":
        return plain / spec.factor
    return _llama3(plain, spec) if spec.kind == "llama3" else plain


def angles(frequencies: Tensor, positions: Tensor, dtype: torch.dtype, magnitude: float = 1.0) -> tuple[Tensor, Tensor]:
    """cos and sin for each token, times `magnitude`: (n_tokens, 1, head_dim / 2) in `dtype`, computed in fp32."""
    turned = positions.float()[:, None] * frequencies[None, :]
    cos, sin = turned.cos() * magnitude, turned.sin() * magnitude
    return cos.to(dtype)[:, None, :], sin.to(dtype)[:, None, :]


def _llama3(plain: Tensor, spec: RopeSpec) -> Tensor:
    """Long wavelengths are slowed by `factor`, short ones kept, those between blended."""
    wavelength = 2 * math.pi / plain
    longest = spec.original_max_positions / spec.low_freq_factor
    shortest = spec.original_max_positions / spec.high_freq_factor
    slowed = torch.where(wavelength > longest, plain / spec.factor, plain)
    blend = (spec.original_max_positions / wavelength - spec.low_freq_factor) / (
        spec.high_freq_factor - spec.low_freq_factor
    )
    mixed = (1 - blend) * slowed / spec.factor + blend * slowed
    between = ~(wavelength < shortest) & ~(wavelength > longest)
    return torch.where(between, mixed, slowed)


def _yarn(periods: Tensor, spec: RopeSpec, head_dim: int) -> Tensor:
    """Dimensions that turn often in the original context are kept, those that turn seldom slowed by `factor`, those
    between blended along a ramp (YaRN, arXiv 2309.00071, §3.2).
    """

    def dimension(turns: float) -> float:
        ratio = spec.original_max_positions / (turns * 2 * math.pi)
        return head_dim * math.log(ratio) / (2 * math.log(spec.theta))

    low, high = dimension(spec.beta_fast), dimension(spec.beta_slow)
    if spec.truncate:
        low, high = math.floor(low), math.ceil(high)
    low, high = max(low, 0), min(high, head_dim - 1)
    span = high - low or 0.001
    slowed = ((torch.arange(head_dim // 2, dtype=torch.float32) - low) / span).clamp(0, 1)
    kept = 1 - slowed
    return 1.0 / (spec.factor * periods) * (1 - kept) + 1.0 / periods * kept
