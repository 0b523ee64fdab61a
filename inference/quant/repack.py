"""From the published layouts to ours, exactly: every weight keeps its value to the last bit.

GPTQ (arXiv 2210.17323) and AWQ (arXiv 2306.00978) as AutoGPTQ and AutoAWQ write them: eight 4-bit numbers to an int32,
the first in the lowest bits. Knows tensors, no files.
"""

from __future__ import annotations

import torch
from torch import Tensor

from inference.kernels.reference.nibbles import half_tile, pack_nibbles, unpack_nibbles
from inference.layers.formats import Int4

_AWQ_ORDER = (0, 2, 4, 6, 1, 3, 5, 7)
"""Which of eight neighbouring outputs the i-th 4 bits of an int32 are."""


def from_gptq(qweight: Tensor, qzeros: Tensor, scales: Tensor, g_idx: Tensor | None, zero_offset: int) -> Int4:
    """qweight: (n_in / 8, n_out) int32; qzeros: (n_groups, n_out / 8) int32; scales: (n_groups, n_out); g_idx: (n_in,),
    each input's group; zero_offset: what is added to a stored zero point. Raises ValueError for shapes that disagree.
    """
    values = _unpacked(qweight).permute(1, 0, 2).flatten(1)
    zeros = _unpacked(qzeros).flatten(1) + zero_offset
    order = None if g_idx is None else _order(g_idx, n_groups=scales.shape[0])
    if order is not None:
        values = values[:, order.long()]
    return _stored(values, zeros, scales, order)


def from_awq(qweight: Tensor, qzeros: Tensor, scales: Tensor) -> Int4:
    """qweight: (n_in, n_out / 8) int32; qzeros: (n_groups, n_out / 8) int32; scales: (n_groups, n_out). Raises
    ValueError for shapes that disagree."""
    places = torch.tensor(_AWQ_ORDER).argsort()
    values, zeros = (_unpacked(each)[..., places].flatten(1) for each in (qweight, qzeros))
    return _stored(values.t(), zeros, scales, None)


def from_blocks(weight: Tensor, scale: Tensor, block: tuple[int, int]) -> Tensor:
    """weight: (n_out, n_in) e4m3; scale: one for each block of outputs and inputs, at the edges for what is left of
    one. Returns (n_out, n_in) fp32. Raises ValueError for shapes that disagree."""
    wanted = tuple(-(-size // side) for size, side in zip(weight.shape, block, strict=True))
    if tuple(scale.shape) != wanted:
        raise ValueError(f"scales are {tuple(scale.shape)}, {wanted} are expected")
    rows, columns = (torch.arange(size) // side for size, side in zip(weight.shape, block, strict=True))
    return weight.float() * scale.float()[rows][:, columns]


def dealt(weight: Int4, axis: int | None, start: int, size: int) -> Int4 | None:
    """A rank's part of a matrix: outputs (axis 0) or inputs (axis 1) from `start` on; all of it where axis is None.

    None where its inputs cannot be dealt out so: they are sorted by group (act-order), a group lies on two ranks, or
    there are too few to be packed.
    """
    if axis is None or weight.shape[axis] == size:
        return weight
    if axis == 0:
        packed, scale, zero = (
            each[start : start + size].clone() for each in (weight.packed, weight.scale, weight.zero)
        )
        return Int4(packed, scale, zero, weight.order)
    n_in, n_groups = weight.shape[1], weight.scale.shape[1]
    group = n_in // n_groups
    half, ours = half_tile(n_in, n_groups), half_tile(size, size // group)
    if weight.order is not None or start % group or size % group or half is None or ours is None:
        return None
    values = unpack_nibbles(weight.packed, half)[:, start : start + size].contiguous()
    groups = slice(start // group, (start + size) // group)
    return Int4(
        pack_nibbles(values, ours), weight.scale[:, groups].contiguous(), weight.zero[:, groups].contiguous(), None
    )


def _unpacked(words: Tensor) -> Tensor:
    """(..., n) int32 to (..., n, 8) int32 of 0 to 15."""
    return (words[..., None] >> torch.arange(0, 32, 4, dtype=torch.int32)) & 15


def _order(g_idx: Tensor, n_groups: int) -> Tensor | None:
    """Inputs sorted by group, (n_in,) int32; None where they are."""
    counts = torch.bincount(g_idx.long(), minlength=n_groups)
    if counts.shape[0] != n_groups or bool((counts != g_idx.shape[0] // n_groups).any()):
        raise ValueError("groups of unequal size")
    order = torch.argsort(g_idx.long(), stable=True)
    return None if bool((order == torch.arange(len(order))).all()) else order.to(torch.int32)


def _stored(values: Tensor, zeros: Tensor, scales: Tensor, order: Tensor | None) -> Int4:
    """values: (n_out, n_in); zeros, scales: (n_groups, n_out)."""
    n_out, n_in = values.shape
    n_groups = scales.shape[0]
    if zeros.shape != scales.shape or scales.shape[1] != n_out:
        raise ValueError(f"{n_out} outputs, scales {tuple(scales.shape)}, zero points {tuple(zeros.shape)}")
    half = half_tile(n_in, n_groups)
    if half is None:
        raise ValueError(f"{n_in} inputs in {n_groups} groups; groups of a multiple of 16 inputs are read")
    packed = pack_nibbles(values.to(torch.uint8).contiguous(), half)
    return Int4(packed, scales.t().contiguous(), zeros.t().to(scales.dtype).contiguous(), order)
