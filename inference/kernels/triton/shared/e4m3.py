"""Rounding to e4m3, 8-bit floats whose largest is 448, and the scales of keys and values in `kernels.kv_format`."""

from __future__ import annotations

import triton
import triton.language as tl

LIFT, LOWERED = tl.constexpr(7), tl.constexpr(2.0**-7)
"""By how many powers of two values' scales are raised while softmax weights are multiplied by them: those of fp16
values, which are 2 ** 8 at most, then fill fp16, and small ones keep their precision. The result is lowered again."""


@triton.jit
def to_e4m3(x, scale):
    """x / scale in e4m3, to the nearest, ties to even. x: fp32; quotients are 448 at most, but for rounding.

    Rounded in fp32 first: Triton's interpreter halves what its own conversion rounds up to a power of two.
    """
    quotient = tl.minimum(tl.maximum(tl.div_rn(x, scale), -448.0), 448.0)
    bits = quotient.to(tl.int32, bitcast=True)
    bits = (bits + 0x7FFFF + ((bits >> 20) & 1)) & -0x100000
    # Below 2**-6 numbers are 2**-9 apart.
    fine = (quotient + 24576.0) - 24576.0
    return tl.where(tl.abs(quotient) < 0.015625, fine, bits.to(tl.float32, bitcast=True)).to(tl.float8e4nv)


@triton.jit
def row_scale(largest):
    """The scale of a row by its largest magnitude, which becomes 448; 1 for a row of zeros."""
    return tl.where(largest == 0.0, 1.0, tl.div_rn(largest, 448.0))


@triton.jit
def exponent_of(largest):
    """The byte that stands for the smallest power of two by which `largest`, fp32, is 448 at most."""
    exponent = ((largest.to(tl.int32, bitcast=True) + 0x1FFFFF) >> 23) - 8
    return tl.minimum(tl.maximum(exponent, 1), 254)


@triton.jit
def power_of(exponent):
    """The power of two, fp32, that a byte, int32, stands for."""
    return (exponent << 23).to(tl.float32, bitcast=True)
