"""Other forms of a linear layer's weights than a matrix in the model's dtype, and the operation each is multiplied by.

Knows no layer and no checkpoint: `quant` makes these.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from inference import kernels
from inference.kernels.dispatch import chosen
from inference.kernels.reference.linear import dequantised
from inference.layers.blocked import Blocked


@dataclass(frozen=True, slots=True)
class E4m3:
    """8-bit floats with a scale for each output. weight: (n_out, n_in) e4m3; scale: (n_out,) fp32.

    A GPU rounds the tokens too, each by a scale of its own, but for few where a kernel for few is at hand: those wait
    for the weights. A CPU never does.
    """

    weight: Tensor
    scale: Tensor

    def product(self, x: Tensor, bias: Tensor | None) -> Tensor:
        if self.rounds(x):
            return self.multiplied(*kernels.quantise_rows(x), bias, x.dtype)
        return kernels.linear_skinny(x, self.weight, bias, self.scale)

    def rounds(self, x: Tensor) -> bool:
        """Whether tokens are rounded before they meet the weights. x: (n_tokens, any), for its rows and device."""
        return x.is_cuda and chosen("linear_skinny", (x, self.weight)) is None

    def multiplied(self, values: Tensor, x_scale: Tensor, bias: Tensor | None, dtype: torch.dtype) -> Tensor:
        """The product of tokens that are rounded: values and scales as `kernels.quantise_rows` makes them."""
        return kernels.fp8_linear(values, x_scale, self.weight, self.scale, bias, dtype)


@dataclass(frozen=True, slots=True)
class Int4:
    """4-bit integers in groups of columns, as `kernels.w4a16_linear` takes them."""

    packed: Tensor
    scale: Tensor
    zero: Tensor
    order: Tensor | None

    @property
    def shape(self) -> tuple[int, int]:
        """(n_out, n_in)."""
        return self.packed.shape[0], 2 * self.packed.shape[1]

    def product(self, x: Tensor, bias: Tensor | None) -> Tensor:
        return kernels.w4a16_linear(x, self.packed, self.scale, self.zero, self.order, bias)

    def to(self, device: torch.device) -> Int4:
        order = None if self.order is None else self.order.to(device)
        return Int4(self.packed.to(device), self.scale.to(device), self.zero.to(device), order)

    def matrix(self) -> Tensor:
        """(n_out, n_in) fp32, columns in the layer's order."""
        sorted_columns = dequantised(self.packed, self.scale, self.zero)
        if self.order is None:
            return sorted_columns
        whole = torch.empty_like(sorted_columns)
        whole[:, self.order.long()] = sorted_columns
        return whole


@dataclass(frozen=True, slots=True)
class Int8:
    """8-bit integers with a scale for each output, multiplied by a CPU's own instructions.

    weight: (n_out, n_in) int8; scale: (n_out,) fp32. Tokens are rounded to 8 bits too, each by a scale of its own, and
    sums of whole numbers are exact: a result never depends on who shares the call.
    """

    weight: Tensor
    scale: Tensor

    def product(self, x: Tensor, bias: Tensor | None) -> Tensor:
        wide = x.float()
        largest = wide.abs().amax(dim=-1, keepdim=True)
        x_scale = torch.where(largest == 0, 1.0, largest / 127)
        whole = (wide / x_scale).round().to(torch.int8)
        out = torch._int_mm(whole, self.weight.t()).float() * x_scale * self.scale
        added = out if bias is None else out + bias.float()
        return added.to(x.dtype)


WeightFormat = E4m3 | Int4 | Int8 | Blocked
