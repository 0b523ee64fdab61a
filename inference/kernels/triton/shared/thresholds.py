"""The lowest logit that top-k, top-p and min-p keep, row by row, by halving the range of the numbers it can be.

What lies within REACH * temperature of a row's best is put together first, and the search goes over that; where it is
too much or not enough, over the whole row. Order-preserving integers are halved, so the search ends at the exact logit.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from inference.kernels.drawing import DrawRows, Integer, Number
from inference.kernels.triton.shared.launch import launch

NEAR = 8192
"""Logits that fit together."""
REACH = 10.0

_UNUSED_BITS = {torch.float32: 0, torch.float16: 13, torch.bfloat16: 16}
"""Low bits of an fp32 number that a wider dtype's never sets."""


@triton.jit
def survey(
    logits,
    numbers,
    tops,
    masses,
    logits_row,
    NUMBERS: tl.constexpr,
    VOCAB: tl.constexpr,
    GROUPS: tl.constexpr,
    LANE: tl.constexpr,
):
    """Program (row, split): the highest logit of GROUPS * 4 * LANE, and the sum of exp((logit - it) / temperature)."""
    row = tl.program_id(0)
    split = tl.program_id(1)
    temperature = tl.load(numbers + row * NUMBERS)
    divisor = tl.where(temperature == 0.0, 1.0, temperature)
    highest = tl.full((4 * LANE,), float("-inf"), tl.float32)
    mass = tl.zeros((4 * LANE,), tl.float32)
    for group in range(split * GROUPS, tl.minimum(split * GROUPS + GROUPS, tl.cdiv(VOCAB, 4 * LANE))):
        at = group * (4 * LANE) + tl.arange(0, 4 * LANE)
        held = tl.load(logits + row.to(tl.int64) * logits_row + at, mask=at < VOCAB, other=float("-inf"))
        held = held.to(tl.float32)
        higher = tl.maximum(highest, held)
        base = tl.where(higher == float("-inf"), 0.0, higher)
        mass = mass * tl.exp((highest - base) / divisor) + tl.exp((held - base) / divisor)
        highest = higher
    top = tl.max(highest, axis=0)
    base = tl.where(top == float("-inf"), 0.0, top)
    slot = row * tl.num_programs(1) + split
    tl.store(tops + slot, top)
    tl.store(masses + slot, tl.sum(mass * tl.exp((highest - base) / divisor), axis=0))


@triton.jit
def _search(
    logits,
    numbers,
    integers,
    tops,
    masses,
    near,
    least,
    logits_row,
    NUMBERS: tl.constexpr,
    INTEGERS: tl.constexpr,
    VOCAB: tl.constexpr,
    SPLITS: tl.constexpr,
    NEAR: tl.constexpr,
    REACH: tl.constexpr,
    SHIFT: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """Program (row)."""
    row = tl.program_id(0)
    temperature = tl.load(numbers + row * NUMBERS)
    top_p = tl.load(numbers + row * NUMBERS + 1)
    min_p = tl.load(numbers + row * NUMBERS + 2)
    top_k = tl.load(integers + row * INTEGERS + 2).to(tl.int32)
    if (temperature == 0.0) | ((top_p >= 1.0) & (min_p <= 0.0) & (top_k <= 0)):
        tl.store(least + row, float("-inf"))
        return
    at_s = row * SPLITS + tl.arange(0, SPLITS)
    split_tops = tl.load(tops + at_s)
    top = tl.max(split_tops, axis=0)
    base = tl.where(top == float("-inf"), 0.0, top)
    mass = tl.sum(tl.load(masses + at_s) * tl.exp((split_tops - base) / temperature), axis=0)
    kept = tl.where(min_p > 0.0, top + temperature * tl.log(tl.maximum(min_p, 1e-30)), float("-inf"))

    whole = logits + row.to(tl.int64) * logits_row
    together = near + row.to(tl.int64) * NEAR
    n, near_mass = _gather(whole, together, base, temperature, VOCAB, NEAR, REACH, BLOCK)
    enough = (n <= NEAR) & (n >= tl.minimum(top_k, VOCAB)) & ((top_p >= 1.0) | (near_mass >= top_p * mass))
    source = whole
    length = VOCAB
    if enough:
        source = together
        length = n
    # What is read from here on was written by other threads of this program.
    tl.debug_barrier()
    if (top_k > 0) & (top_k < VOCAB):
        fewest = top_k.to(tl.float32)
        by_count = _halved(source, length, fewest, base, temperature, SHIFT, BLOCK, False)
        kept = tl.maximum(kept, by_count)
        mass = _mass(source, length, by_count, base, temperature, BLOCK)
    if top_p < 1.0:
        kept = tl.maximum(kept, _halved(source, length, top_p * mass, base, temperature, SHIFT, BLOCK, True))
    tl.store(least + row, kept)


@triton.jit
def _gather(
    whole,
    together,
    base,
    temperature,
    VOCAB: tl.constexpr,
    NEAR: tl.constexpr,
    REACH: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """Puts what is near the best together, as far as it fits; how many that are, and their mass."""
    n = 0
    mass = 0.0
    for begin in range(0, VOCAB, BLOCK):
        at = begin + tl.arange(0, BLOCK)
        held = tl.load(whole + at, mask=at < VOCAB, other=float("-inf"))
        wide = held.to(tl.float32)
        close = wide >= base - REACH * temperature
        place = n + tl.cumsum(close.to(tl.int32), axis=0) - 1
        tl.store(together + place, held, mask=close & (place < NEAR))
        n += tl.sum(close.to(tl.int32), axis=0)
        mass += tl.sum(tl.where(close, tl.exp((wide - base) / temperature), 0.0), axis=0)
    return n, mass


@triton.jit
def _halved(source, length, wanted, base, temperature, SHIFT: tl.constexpr, BLOCK: tl.constexpr, MASS: tl.constexpr):
    """MASS: the lowest logit such that higher ones have less mass than wanted; else the highest such that at least
    `wanted` are not lower."""
    low = tl.full((), -0x80000000 >> SHIFT, tl.int64)
    high = tl.full((), 0x7FFFFFFF >> SHIFT, tl.int64)
    while low < high:
        middle = (low + high + (0 if MASS else 1)) >> 1
        found = 0.0
        for begin in range(0, length, BLOCK):
            at = begin + tl.arange(0, BLOCK)
            held = tl.load(source + at, mask=at < length, other=float("-inf")).to(tl.float32)
            order = _order(held) >> SHIFT
            if MASS:
                counted = tl.where(order > middle, tl.exp((held - base) / temperature), 0.0)
            else:
                counted = ((order >= middle) & (at < length)).to(tl.float32)
            found += tl.sum(counted, axis=0)
        if MASS:
            fits = found < wanted
            high = tl.where(fits, middle, high)
            low = tl.where(fits, low, middle + 1)
        else:
            fits = found >= wanted
            low = tl.where(fits, middle, low)
            high = tl.where(fits, high, middle - 1)
    bits = (low << SHIFT) | tl.where(low < 0, (1 << SHIFT) - 1, 0)
    return _order_back(bits.to(tl.int32))


@triton.jit
def _mass(source, length, least, base, temperature, BLOCK: tl.constexpr):
    """Of the logits that are not below `least`."""
    mass = 0.0
    for begin in range(0, length, BLOCK):
        at = begin + tl.arange(0, BLOCK)
        held = tl.load(source + at, mask=at < length, other=float("-inf")).to(tl.float32)
        mass += tl.sum(tl.where(held >= least, tl.exp((held - base) / temperature), 0.0), axis=0)
    return mass


@triton.jit
def _order(value):
    """int32 in the order of fp32 numbers."""
    bits = value.to(tl.int32, bitcast=True)
    return bits ^ ((bits >> 31) & 0x7FFFFFFF)


@triton.jit
def _order_back(order):
    bits = order ^ ((order >> 31) & 0x7FFFFFFF)
    return bits.to(tl.float32, bitcast=True)


def lowest_kept(logits: Tensor, rows: DrawRows, tops: Tensor, masses: Tensor) -> Tensor:
    """(rows,) fp32: the lowest logit kept, -inf for rows without filters. tops, masses: (rows, splits), of `survey`."""
    n_rows, vocab = logits.shape
    near = torch.empty((n_rows, NEAR), dtype=logits.dtype, device=logits.device)
    least = torch.empty((n_rows,), dtype=torch.float32, device=logits.device)
    launch(
        _search,
        (n_rows,),
        logits,
        rows.numbers,
        rows.integers,
        tops,
        masses,
        near,
        least,
        logits.stride(0),
        NUMBERS=len(Number),
        INTEGERS=len(Integer),
        VOCAB=vocab,
        SPLITS=tops.shape[1],
        NEAR=NEAR,
        REACH=REACH,
        SHIFT=_UNUSED_BITS[logits.dtype],
        BLOCK=4096,
        num_warps=8,
    )
    return least
