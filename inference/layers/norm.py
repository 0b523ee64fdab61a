"""RMS normalisation as a module: one weight, one epsilon."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from inference import kernels


class RMSNorm(nn.Module):
    def __init__(self, size: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(size))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        return kernels.rms_norm(x, self.weight, self.eps)
