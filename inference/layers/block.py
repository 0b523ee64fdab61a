"""One decoder layer: pre-norm attention with rotary positions, then a gated MLP or a mixture of experts.

Flags of the spec, not subclasses, tell families apart.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from inference import kernels
from inference.attention.base import AttentionBackend, StepBatch
from inference.layers.experts import ExpertMLP
from inference.layers.fused import read, write
from inference.layers.latent import LatentAttention
from inference.layers.mlp import GatedMLP
from inference.layers.norm import RMSNorm
from inference.layers.parallel import Shard, SummedLinear
from inference.layers.plain import Linear
from inference.layers.stream import Stream
from inference.models.spec import DecoderSpec


class SelfAttention(nn.Module):
    def __init__(self, spec: DecoderSpec, window: int | None, shard: Shard) -> None:
        super().__init__()
        self.head_dim = spec.head_dim
        self.window = window
        self.sizes = [spec.n_heads * spec.head_dim, spec.n_kv_heads * spec.head_dim, spec.n_kv_heads * spec.head_dim]
        self.qkv = Linear(spec.hidden_size, sum(self.sizes), bias=spec.qkv_bias)
        self.output = SummedLinear(self.sizes[0], spec.hidden_size, bias=spec.output_bias, shard=shard)
        self.query_norm = RMSNorm(spec.head_dim, spec.norm_eps) if spec.qk_norm else None
        self.key_norm = RMSNorm(spec.head_dim, spec.norm_eps) if spec.qk_norm else None
        self.eps = spec.norm_eps

    def forward(
        self,
        stream: Stream,
        norm: RMSNorm,
        turn: tuple[Tensor, Tensor],
        batch: StepBatch,
        cache: Tensor,
        backend: AttentionBackend,
    ) -> Stream:
        projected, total = read(self.qkv, norm, stream, batch.adapters)
        parts = torch.split(projected, self.sizes, dim=-1)
        query, key, value = (part.view(len(total), -1, self.head_dim) for part in parts)
        query = kernels.qk_norm_rope_write(
            query, key, value, *turn, cache, batch.write_pages, batch.write_offsets, self._norms(), self.eps
        )
        mixed = backend.attend(query, cache=cache, batch=batch, window=self.window)
        return write(self.output, mixed.reshape(len(total), -1), total, batch.adapters)

    def _norms(self) -> tuple[Tensor, Tensor] | None:
        if self.query_norm is None or self.key_norm is None:
            return None
        return self.query_norm.weight, self.key_norm.weight


class DecoderLayer(nn.Module):
    def __init__(self, spec: DecoderSpec, index: int, shard: Shard) -> None:
        super().__init__()
        self.attention: SelfAttention | LatentAttention
        if spec.latent is None:
            self.attention = SelfAttention(spec, spec.windows[index], shard)
        else:
            self.attention = LatentAttention(spec, spec.latent, shard)
        self.mlp: GatedMLP | ExpertMLP
        if spec.experts is not None and spec.experts.sparse[index]:
            self.mlp = ExpertMLP(spec, spec.experts, shard)
        else:
            self.mlp = GatedMLP(spec, spec.intermediate_size, shard)
        self.attention_norm = RMSNorm(spec.hidden_size, spec.norm_eps)
        self.mlp_norm = RMSNorm(spec.hidden_size, spec.norm_eps)

    def forward(
        self, stream: Stream, turn: tuple[Tensor, Tensor], batch: StepBatch, cache: Tensor, backend: AttentionBackend
    ) -> Stream:
        stream = self.attention(stream, self.attention_norm, turn, batch, cache, backend)
        out: Stream = self.mlp(stream, self.mlp_norm, batch.adapters)
        return out
