"""Multi-head latent attention of DeepSeek-V2 and -V3 (arXiv 2405.04434, §2.1).

Knows of the cache that a token has one row there; nothing of how attention reads it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from inference import kernels
from inference.attention.base import AttentionBackend, StepBatch
from inference.layers.fused import read, write
from inference.layers.norm import RMSNorm
from inference.layers.parallel import Shard, SummedLinear
from inference.layers.plain import Linear
from inference.layers.stream import Stream
from inference.models.spec import DecoderSpec, LatentSpec

_INNER_EPS = 1e-6
"""The latents' norms have their own; DeepSeek's configs do not name it."""


class HeadMatrices(nn.Module):
    """Each head's matrix that makes keys and values of a latent, under one another: (n_heads * size, rank).

    No linear layer, for it is never multiplied as a whole: attention takes a head's part, on either side.
    """

    def __init__(self, n_heads: int, size: int, rank: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.weight = nn.Parameter(torch.empty(n_heads * size, rank))

    @property
    def by_head(self) -> Tensor:
        """(n_heads, size, rank)."""
        return self.weight.view(self.n_heads, -1, self.weight.shape[1])


class LatentAttention(nn.Module):
    """cache: (n_pages, page_size, rank + rotary_dim), written in place: each token's normalised latent, then its key's
    rotary part, turned.
    """

    def __init__(self, spec: DecoderSpec, latent: LatentSpec, shard: Shard) -> None:
        super().__init__()
        self.latent = latent
        self.n_heads = spec.n_heads
        head_dim = latent.plain_dim + latent.rotary_dim
        if latent.query_rank is None:
            self.query = Linear(spec.hidden_size, spec.n_heads * head_dim, bias=False)
        else:
            self.query_down = Linear(spec.hidden_size, latent.query_rank, bias=spec.qkv_bias)
            self.query_norm = RMSNorm(latent.query_rank, _INNER_EPS)
            self.query = Linear(latent.query_rank, spec.n_heads * head_dim, bias=False)
        self.latent_down = Linear(spec.hidden_size, latent.width, bias=spec.qkv_bias)
        self.latent_norm = RMSNorm(latent.rank, _INNER_EPS)
        self.up = HeadMatrices(spec.n_heads, latent.plain_dim + latent.value_dim, latent.rank)
        self.output = SummedLinear(
            spec.n_heads * latent.value_dim, spec.hidden_size, bias=spec.output_bias, shard=shard
        )

    def forward(
        self,
        stream: Stream,
        norm: RMSNorm,
        turn: tuple[Tensor, Tensor],
        batch: StepBatch,
        cache: Tensor,
        backend: AttentionBackend,
    ) -> Stream:
        hidden, total = stream.normed(norm)
        cos, sin = turn
        query = self._queries(hidden, batch)
        plain, rotary = query[..., : self.latent.plain_dim], query[..., self.latent.plain_dim :]
        turned = kernels.rotate(rotary, cos, sin, self.latent.interleaved)
        self._remember(hidden, cos, sin, batch, cache)
        mixed = backend.attend_latents(
            torch.cat((plain, turned), dim=-1),
            self.up.by_head,
            cache=cache,
            batch=batch,
            scale=self.latent.scale,
        )
        return write(self.output, mixed.flatten(1), total, batch.adapters)

    def _queries(self, hidden: Tensor, batch: StepBatch) -> Tensor:
        projected: Tensor
        if self.latent.query_rank is None:
            projected = self.query(hidden, batch.adapters)
        else:
            inner = Stream(self.query_down(hidden, batch.adapters))
            projected, _ = read(self.query, self.query_norm, inner, batch.adapters)
        return projected.view(len(hidden), self.n_heads, -1)

    def _remember(self, hidden: Tensor, cos: Tensor, sin: Tensor, batch: StepBatch, cache: Tensor) -> None:
        made: Tensor = self.latent_down(hidden, batch.adapters)
        latent, key = made[:, : self.latent.rank], made[:, self.latent.rank :]
        turned = kernels.rotate(key[:, None], cos, sin, self.latent.interleaved)[:, 0]
        cache[batch.write_pages, batch.write_offsets] = torch.cat((self.latent_norm(latent), turned), dim=-1)
