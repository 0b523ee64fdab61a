"""Gated activations in plain torch. Knows no layer."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


def swiglu(gate_up: Tensor) -> Tensor:
    """silu(gate) * up. gate_up: (n_tokens, 2 * intermediate), the gate first."""
    gate, up = gate_up.chunk(2, dim=-1)
    return F.silu(gate) * up
