"""Weights of linear layers in the blocks that oneDNN multiplies fastest on a CPU.

Measured at up to three times the rate of a plain matrix for 4 to 16 tokens, a third more for hundreds (fp32, AVX-512,
one thread). The numbers stay the same.

Knows oneDNN through torch, where torch was built with it; nothing of checkpoints.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

EXPECTED_ROWS = 8
"""Tokens of a typical decode step, which the layout of the blocks is chosen for; any number may be multiplied."""
MIN_WEIGHTS = 1 << 16
"""Smaller matrices gain nothing."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """A matrix (n_out, n_in) fp32 in oneDNN's own layout."""

    blocks: Tensor
    shape: tuple[int, int]

    def product(self, x: Tensor, bias: Tensor | None) -> Tensor:
        """x @ weight.T + bias. x: (n_tokens, n_in) fp32; returns (n_tokens, n_out)."""
        out: Tensor = torch.ops.mkldnn._linear_pointwise(x, self.blocks, bias, "none", [], "")
        return out


def can_block(weight: Tensor) -> bool:
    """Whether the matrix can be blocked here and would gain by it."""
    return (
        weight.device.type == "cpu"
        and weight.dtype == torch.float32
        and weight.dim() == 2
        and weight.numel() >= MIN_WEIGHTS
        and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    )


def blocked(weight: Tensor) -> Blocked:
    """A blocked copy of `weight`, for which `can_block` is true."""
    copied = weight.detach().contiguous()
    return Blocked(torch.ops.mkldnn._reorder_linear_weight(copied, EXPECTED_ROWS), (weight.shape[0], weight.shape[1]))
