"""Linear, embedding and layer norm without initial values: weights always come from a checkpoint.

torch's own modules fill themselves with random numbers; on the meta device that alone imports 800 Python modules, 69 MB
that an idle server would hold for nothing.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inference import kernels
from inference.layers.blocked import blocked, can_block
from inference.layers.formats import WeightFormat
from inference.layers.lora import AdapterRows, AdapterStack


class Linear(nn.Module):
    """x @ weight.T + bias, and what low-rank adapters add for the rows that ask for one. weight: (n_out, n_in).

    stored: the weights in another form, if they are; `weight` has then their shape and no numbers.
    """

    def __init__(self, n_in: int, n_out: int, *, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(n_out, n_in))
        self.bias = nn.Parameter(torch.empty(n_out)) if bias else None
        self.stored: WeightFormat | None = None
        self.adapters: AdapterStack | None = None

    def forward(self, x: Tensor, adapters: AdapterRows | None = None) -> Tensor:
        return self.adapted(x, self.product(x, self.bias), adapters)

    def block(self) -> None:
        """Store the weights as this CPU multiplies them fastest, if it can and they are not stored already."""
        if self.stored is None and can_block(self.weight):
            self.stored = blocked(self.weight)
            self.weight = nn.Parameter(self.weight.to("meta"), requires_grad=False)

    def product(self, x: Tensor, bias: Tensor | None) -> Tensor:
        if self.stored is not None:
            return self.stored.product(x, bias)
        return kernels.linear_skinny(x, self.weight, bias)

    def adapted(self, x: Tensor, out: Tensor, adapters: AdapterRows | None) -> Tensor:
        if adapters is None or self.adapters is None:
            return out
        return self.adapters.apply(x, out, adapters)


class Embedding(nn.Module):
    """Rows of `weight` by index."""

    def __init__(self, n_rows: int, size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(n_rows, size))

    def forward(self, ids: Tensor) -> Tensor:
        return F.embedding(ids, self.weight)


class LayerNorm(nn.Module):
    def __init__(self, size: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(size))
        self.bias = nn.Parameter(torch.empty(size))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)
