"""Rounding to e4m3, 8-bit floats whose largest is 448."""

from __future__ import annotations

import triton
import triton.language as tl


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
