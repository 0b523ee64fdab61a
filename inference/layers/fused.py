"""Products that read the residual stream and add to it, with as much of norm, gate and sum in one pass as can be.

Few tokens on a GPU wait for weights: there the product's own kernel does it all, where one is at hand. Otherwise e4m3
products get tokens that the norm or the gate has rounded on its way out. Adapters are given the tokens themselves, so
a layer that has some is computed piece by piece. Knows no kernel: `kernels` does.
"""

from __future__ import annotations

from torch import Tensor

from inference import kernels
from inference.kernels.dispatch import chosen
from inference.layers.formats import E4m3
from inference.layers.lora import AdapterRows
from inference.layers.norm import RMSNorm
from inference.layers.parallel import SummedLinear
from inference.layers.plain import Linear
from inference.layers.stream import Stream


def read(linear: Linear, norm: RMSNorm, stream: Stream, adapters: AdapterRows | None) -> tuple[Tensor, Tensor]:
    """The product of the normalised stream, (n_tokens, n_out), and the stream itself."""
    if fuses(linear, stream.total, adapters):
        total = stream.settled()
        return fused(linear, total, norm=norm), total
    e4m3 = _rounding(linear, stream.total, adapters)
    if e4m3 is not None:
        values, scale, total = stream.rounded(norm)
        return e4m3.multiplied(values, scale, linear.bias, total.dtype), total
    normed, total = stream.normed(norm)
    return linear(normed, adapters), total


def write(linear: SummedLinear, x: Tensor, total: Tensor, adapters: AdapterRows | None) -> Stream:
    """`total` and the product of x. x: (n_tokens, n_in)."""
    if linear.shard.world == 1 and fuses(linear, x, adapters):
        return Stream(fused(linear, x, residual=total))
    return Stream(total, linear(x, adapters))


def write_gated(linear: SummedLinear, gate_up: Tensor, total: Tensor, adapters: AdapterRows | None) -> Stream:
    """`total` and the product of what is gated. gate_up: (n_tokens, 2 * n_in), the gate first."""
    e4m3 = _rounding(linear, gate_up, adapters)
    if e4m3 is None:
        return write(linear, kernels.swiglu(gate_up), total, adapters)
    values, scale = kernels.swiglu_fp8(gate_up)
    return Stream(total, linear.summed(e4m3.multiplied(values, scale, None, total.dtype)))


def fuses(linear: Linear, x: Tensor, adapters: AdapterRows | None) -> bool:
    """Whether a kernel multiplies these tokens by these weights with what surrounds the product."""
    weight = _weight(linear)
    return weight is not None and not _adapted(linear, adapters) and chosen("linear_skinny", (x, weight)) is not None


def fused(
    linear: Linear, x: Tensor, *, norm: RMSNorm | None = None, gated: bool = False, residual: Tensor | None = None
) -> Tensor:
    """As `kernels.linear_skinny`, where `fuses` is true."""
    weight = _weight(linear)
    assert weight is not None
    scale = linear.stored.scale if isinstance(linear.stored, E4m3) else None
    shrunk, eps = (None, 0.0) if norm is None else (norm.weight, norm.eps)
    return kernels.linear_skinny(x, weight, linear.bias, scale, shrunk, eps, gated, residual)


def _weight(linear: Linear) -> Tensor | None:
    """The matrix that the kernel for few tokens takes; None where weights have another form."""
    if linear.stored is None:
        return linear.weight
    return linear.stored.weight if isinstance(linear.stored, E4m3) else None


def _rounding(linear: Linear, x: Tensor, adapters: AdapterRows | None) -> E4m3 | None:
    """The weights, if tokens are rounded before they meet them."""
    stored = linear.stored
    return stored if isinstance(stored, E4m3) and stored.rounds(x) and not _adapted(linear, adapters) else None


def _adapted(linear: Linear, adapters: AdapterRows | None) -> bool:
    return adapters is not None and linear.adapters is not None
