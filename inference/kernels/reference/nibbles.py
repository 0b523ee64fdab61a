"""How 4-bit weights lie in memory: two to a byte, so arranged that a tile is split by a mask and a shift.

A row's columns are cut into tiles of 2 * half. Byte j of a tile holds column j in its low nibble and column half + j in
its high one: a kernel that loads `half` bytes has two runs of neighbouring columns and never shuffles them.
"""

from __future__ import annotations

import torch
from torch import Tensor

HALVES = (64, 32, 16)


def half_tile(n_in: int, n_groups: int) -> int | None:
    """`half` for rows of n_in columns in n_groups equal groups: each half lies in one group. None: none fits."""
    if n_in % n_groups:
        return None
    group = n_in // n_groups
    return next((half for half in HALVES if n_in % (2 * half) == 0 and group % half == 0), None)


def pack_nibbles(values: Tensor, half: int) -> Tensor:
    """values: (n_out, n_in) uint8 below 16, n_in a multiple of 2 * half. Returns (n_out, n_in / 2) uint8."""
    tiles = values.view(values.shape[0], -1, 2, half)
    return (tiles[:, :, 0] | (tiles[:, :, 1] << 4)).flatten(1)


def unpack_nibbles(packed: Tensor, half: int) -> Tensor:
    """The inverse of `pack_nibbles`: (n_out, n_in) uint8."""
    tiles = packed.view(packed.shape[0], -1, half)
    return torch.stack((tiles & 15, tiles >> 4), dim=2).flatten(1)
