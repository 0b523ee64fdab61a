"""Softmax on the way (Milakov and Gimelshein, 2018): attention a page at a time, scaled by the best score so far."""

from __future__ import annotations

import triton
import triton.language as tl


@triton.jit
def absorb(scores, v, best, total, mixed, by=None):
    """One page more: (best, total, mixed) with it. Scores are in powers of two, (queries, page); v: (page, dim).

    by: (page,) fp32, what each row of v is to be multiplied by; None: nothing.

    A query that has seen nothing yet has best -inf and total 0: -inf - -inf would be NaN.
    """
    higher = tl.maximum(best, tl.max(scores, axis=1))
    base = tl.where(higher == float("-inf"), 0.0, higher)
    weights = tl.exp2(scores - base[:, None])
    fade = tl.exp2(best - base)
    total = total * fade + tl.sum(weights, axis=1)
    if by is not None:
        weights = weights * by[None, :]
    return higher, total, tl.dot(weights.to(v.dtype), v, mixed * fade[:, None], input_precision="ieee")
