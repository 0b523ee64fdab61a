"""Tiles over segments of different lengths that lie one after another, numbered without knowing the lengths.

Segment s's tiles begin at number starts[s] // BLOCK + s, which leaves room for every segment's last, partial tile: a
grid of n // BLOCK + segments programs covers all, and a few find nothing to do.
"""

from __future__ import annotations

import triton
import triton.language as tl


@triton.jit
def row_of(tile, starts, n_rows, BLOCK: tl.constexpr):
    """The last segment whose tiles begin at or before `tile`. starts: (n_rows + 1,)."""
    low = tile * 0
    high = n_rows - 1 + low
    while low < high:
        middle = (low + high + 1) // 2
        before = tl.load(starts + middle) // BLOCK + middle <= tile
        low = tl.where(before, middle, low)
        high = tl.where(before, high, middle - 1)
    return low
