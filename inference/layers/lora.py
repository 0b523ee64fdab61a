"""Low-rank adapters on a linear layer (LoRA, arXiv 2106.09685): which there are, and who of a step asks for which.

Knows no files: `models.adapters` reads them.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from inference import kernels


@dataclass(frozen=True, slots=True)
class AdapterRows:
    """Whose adapter each of a step's rows asks for; rows are runs of neighbouring tokens."""

    starts: Tensor
    """(n_rows + 1,) int32: where each row's tokens begin, and the end."""
    adapters: Tensor
    """(n_rows,) int32: the adapter's place in the stack; -1: none."""
    longest: int
    """Tokens of the longest row."""


@dataclass(frozen=True, slots=True)
class AdapterStack:
    """All adapters of one linear layer. Smaller ranks are filled up with zeros; who leaves the layer alone is zeros."""

    down: Tensor
    """(n_adapters, rank, n_in)."""
    up: Tensor
    """(n_adapters, n_out, rank)."""
    scale: Tensor
    """(n_adapters,) fp32."""

    def apply(self, x: Tensor, out: Tensor, rows: AdapterRows) -> Tensor:
        """What the layer made of x, with each row's adapter added."""
        return kernels.lora_apply(x, out, self.down, self.up, self.scale, rows.starts, rows.adapters, rows.longest)
