"""Random numbers as `reference.philox` has them: a function of seed, position, stream and token."""

from __future__ import annotations

import triton
import triton.language as tl


@triton.jit
def words(seed, block, position, stream, ROUNDS: tl.constexpr):
    """Four uint32 words for each of `block`, int32; seed: int64, position and stream: int32 scalars."""
    zero = block * 0
    return tl.philox(seed, block, zero + position, zero + stream, zero, n_rounds=ROUNDS)


@triton.jit
def uniform(word):
    """fp32 strictly between 0 and 1, of uint32 words."""
    return tl.minimum((word.to(tl.float32) + 0.5) * 2.3283064365386963e-10, 0.999999940395355)


@triton.jit
def gumbel(word):
    """Gumbel noise, fp32, of uint32 words."""
    part = uniform(word)
    # log(1 - part): the highest noise comes from the smallest parts of 1, which 1 - part would round away.
    near = part * (1.0 + part * (0.5 + part * (0.3333333333333333 + part * 0.25)))
    return -tl.log(tl.where(part < 0.01, near, -tl.log(1.0 - part)))
