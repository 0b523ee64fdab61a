"""One model over several processes (tensor parallelism; Megatron-LM, arXiv 1909.08053, §3).

Each rank has some heads, some columns of every MLP and expert, and some rows of the vocabulary; embeddings, norms and
routers are on all. Every rank runs the same steps on the same requests, so nothing but sums travels.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, distributed

from inference.layers.lora import AdapterRows
from inference.layers.plain import Linear


@dataclass(frozen=True, slots=True)
class Shard:
    """Which part of the model a process has. The default is all of it, and needs no process group."""

    rank: int = 0
    world: int = 1

    def sum(self, part: Tensor) -> Tensor:
        """The sum over all ranks, the same on each; `part` is written to."""
        if self.world > 1:
            distributed.all_reduce(part)
        return part

    def join(self, part: Tensor) -> Tensor:
        """All ranks' parts side by side in the last dimension, by rank. part: (n_rows, size), equal on all ranks."""
        if self.world == 1:
            return part
        parts = [torch.empty_like(part) for _ in range(self.world)]
        distributed.all_gather(parts, part.contiguous())
        return torch.cat(parts, dim=-1)


class SummedLinear(Linear):
    """A linear layer whose input lies over the ranks; its output is on all of them."""

    def __init__(self, n_in: int, n_out: int, *, bias: bool, shard: Shard) -> None:
        super().__init__(n_in, n_out, bias=bias)
        self.shard = shard

    def forward(self, x: Tensor, adapters: AdapterRows | None = None) -> Tensor:
        return self.summed(self.adapted(x, self.product(x, None), adapters))

    def summed(self, part: Tensor) -> Tensor:
        """The layer's output, of this rank's product without bias."""
        out = self.shard.sum(part)
        return out if self.bias is None else out + self.bias
