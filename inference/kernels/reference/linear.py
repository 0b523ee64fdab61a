"""Linear layers in plain torch, by what their weights are: whole, 8-bit floats, 4-bit integers in groups.

Knows no layer and no checkpoint. e4m3 is the 8-bit float of arXiv 2209.05433 without infinities; its largest value is
448.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from inference.kernels.reference.activation import swiglu
from inference.kernels.reference.nibbles import half_tile, unpack_nibbles
from inference.kernels.reference.norm import rms_norm

E4M3 = torch.float8_e4m3fn
E4M3_MAX = 448.0


def linear_skinny(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    scale: Tensor | None = None,
    norm: Tensor | None = None,
    eps: float = 0.0,
    gated: bool = False,
    residual: Tensor | None = None,
) -> Tensor:
    """x @ weight.T + bias, with what surrounds it in a decoder's layer. Made for few tokens, right for any number.

    x: (n_tokens, n_in); weight: (n_out, n_in) in x's dtype, or e4m3 with scale: (n_out,) fp32, one for each output;
    bias: (n_out,); norm: (n_in,), the weight of an RMS norm of x by `eps` that comes first; gated: the outputs are a
    gate and what it gates, n_out / 2 each, `swiglu` follows; residual: (n_tokens, outputs), added last.
    Returns (n_tokens, n_out), or (n_tokens, n_out / 2) if gated, in x's dtype.
    """
    if norm is not None:
        x = rms_norm(x, norm, eps)
    whole = weight if scale is None else (weight.float() * scale[:, None]).to(x.dtype)
    out = F.linear(x, whole, bias)
    if gated:
        out = swiglu(out)
    return out if residual is None else residual + out


def quantise_rows(x: Tensor) -> tuple[Tensor, Tensor]:
    """Round each row to e4m3 by a scale of its own, its largest magnitude becoming 448.

    x: (..., n). Returns ((..., n) e4m3, (...) fp32), whose product is about x. A row of zeros has scale 1.
    """
    wide = x.float()
    largest = wide.abs().amax(dim=-1)
    scale = torch.where(largest == 0, 1.0, largest / E4M3_MAX)
    # The quotient of the largest may be rounded above 448, which e4m3 would make NaN.
    return (wide / scale[..., None]).clamp(-E4M3_MAX, E4M3_MAX).to(E4M3), scale


def fp8_linear(
    x: Tensor, x_scale: Tensor, weight: Tensor, scale: Tensor, bias: Tensor | None, dtype: torch.dtype
) -> Tensor:
    """x @ weight.T + bias of e4m3 numbers with a scale for each token and each output (W8A8).

    x: (n_tokens, n_in) e4m3, x_scale: (n_tokens,) fp32, as `quantise_rows` makes them; weight: (n_out, n_in) e4m3,
    scale: (n_out,) fp32; bias: (n_out,). Returns (n_tokens, n_out) in `dtype`. On a GPU the product is cuBLAS's where
    that takes it: bf16 results, sizes of whole 16 bytes.
    """
    if x.is_cuda and dtype == torch.bfloat16 and not (x.shape[1] % 16 or weight.shape[0] % 16):
        return torch._scaled_mm(x, weight.t(), x_scale[:, None], scale[None, :], bias, out_dtype=dtype)
    product = F.linear(x.float(), weight.float()) * x_scale[:, None] * scale[None, :]
    return (product if bias is None else product + bias.float()).to(dtype)


def w4a16_linear(
    x: Tensor, packed: Tensor, scale: Tensor, zero: Tensor, order: Tensor | None = None, bias: Tensor | None = None
) -> Tensor:
    """x @ weight.T + bias with 4-bit weights in groups of columns: weight = (nibble - zero) * scale.

    x: (n_tokens, n_in); packed: (n_out, n_in / 2) uint8 as `nibbles` lays them out; scale, zero: (n_out, n_groups),
    zero a whole number of 0 to 16; order: (n_in,) int32, column i of the weight meets x's column order[i] (GPTQ's
    act-order), None: as they are; bias: (n_out,). Returns (n_tokens, n_out) in x's dtype.
    """
    whole = dequantised(packed, scale, zero).to(x.dtype)
    return F.linear(x if order is None else x[:, order.long()], whole, bias)


def dequantised(packed: Tensor, scale: Tensor, zero: Tensor) -> Tensor:
    """The weights of `w4a16_linear` in fp32, exact: (n_out, n_in), columns in the order they are packed in."""
    n_in, n_groups = 2 * packed.shape[1], scale.shape[1]
    half = half_tile(n_in, n_groups)
    if half is None:
        raise ValueError(f"{n_in} columns in {n_groups} groups cannot be packed")
    values = unpack_nibbles(packed, half).view(-1, n_groups, n_in // n_groups).float()
    return ((values - zero.float()[:, :, None]) * scale.float()[:, :, None]).flatten(1)
