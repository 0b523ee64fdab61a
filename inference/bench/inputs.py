"""Random tensors for kernels: matrices, and paged caches with rubbish wherever nothing was written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from inference.kernels.reference.nibbles import half_tile, pack_nibbles

PAGE = 64


@dataclass(frozen=True, slots=True)
class Inputs:
    device: torch.device
    dtype: torch.dtype

    def random(self, *shape: int) -> Tensor:
        return torch.randn(shape, device=self.device).to(self.dtype)

    def ints(self, values: Sequence[int] | Sequence[Sequence[int]]) -> Tensor:
        return torch.tensor(values, dtype=torch.int32, device=self.device)

    def nibbles(self, outputs: Sequence[int], n_in: int, n_groups: int) -> tuple[Tensor, Tensor, Tensor]:
        """(packed, scale, zero) of 4 bits for matrices of (*outputs, n_in), as `w4a16_linear` and `moe_experts` take
        them."""
        half = half_tile(n_in, n_groups)
        if half is None:
            raise ValueError(f"{n_in} columns in {n_groups} groups have no halves of tiles")
        shape = (math.prod(outputs), n_in)
        packed = pack_nibbles(torch.randint(0, 16, shape, dtype=torch.uint8, device=self.device), half)
        scale = (torch.rand(*outputs, n_groups, device=self.device) / n_in**0.5 / 4).to(torch.float16)
        zero = torch.randint(0, 17, scale.shape, device=self.device).to(torch.float16)
        return packed.view(*outputs, -1), scale, zero

    def paged(self, lengths: Sequence[int], width: int, *tile: int) -> tuple[Tensor, Tensor, Tensor]:
        """(storage, page_table, seq_lens): rows of such lengths, their pages scattered, NaN wherever no token was
        written.

        tile (2, heads, dim) gives storage (2, n_pages, heads, 64, dim); tile (dim,) gives (n_pages, 64, dim). The table
        is `width` pages wide.
        """
        held = [-(-length // PAGE) for length in lengths]
        numbers = (torch.randperm(sum(held)) + 1).tolist()
        *front, dim = tile
        shape = (*front[:1], sum(held) + 1, *front[1:], PAGE, dim)
        storage = self.random(*shape)
        storage.select(min(1, len(front)), 0).fill_(float("nan"))
        table = torch.zeros(len(lengths), width, dtype=torch.int32)
        for row, length in enumerate(lengths):
            for index in range(held[row]):
                number = numbers.pop()
                table[row, index] = number
                storage.select(min(1, len(front)), number)[..., length - index * PAGE :, :].fill_(float("nan"))
        return storage, table.to(self.device), self.ints(lengths)
