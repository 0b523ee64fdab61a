"""One decoder layer: pre-norm attention with rotary positions, then a gated MLP.

Flags of the spec, not subclasses, tell families apart.
"""

from __future__ import annotations

from torch import Tensor, nn

from inference import kernels
from inference.attention.base import AttentionBackend, StepBatch
from inference.layers.norm import RMSNorm
from inference.layers.plain import Linear
from inference.models.spec import DecoderSpec


class SelfAttention(nn.Module):
    def __init__(self, spec: DecoderSpec, window: int | None) -> None:
        super().__init__()
        self.head_dim = spec.head_dim
        self.window = window
        self.sizes = [spec.n_heads * spec.head_dim, spec.n_kv_heads * spec.head_dim, spec.n_kv_heads * spec.head_dim]
        self.qkv = Linear(spec.hidden_size, sum(self.sizes), bias=spec.qkv_bias)
        self.output = Linear(self.sizes[0], spec.hidden_size, bias=spec.output_bias)
        self.query_norm = RMSNorm(spec.head_dim, spec.norm_eps) if spec.qk_norm else None
        self.key_norm = RMSNorm(spec.head_dim, spec.norm_eps) if spec.qk_norm else None
        self.eps = spec.norm_eps

    def forward(
        self, hidden: Tensor, turn: tuple[Tensor, Tensor], batch: StepBatch, cache: Tensor, backend: AttentionBackend
    ) -> Tensor:
        query, key, value = (
            part.view(hidden.shape[0], -1, self.head_dim) for part in self.qkv(hidden).split(self.sizes, dim=-1)
        )
        query = kernels.qk_norm_rope_write(
            query, key, value, *turn, cache, batch.write_pages, batch.write_offsets, self._norms(), self.eps
        )
        mixed = backend.attend(query, cache=cache, batch=batch, window=self.window)
        out: Tensor = self.output(mixed.reshape(hidden.shape[0], -1))
        return out

    def _norms(self) -> tuple[Tensor, Tensor] | None:
        if self.query_norm is None or self.key_norm is None:
            return None
        return self.query_norm.weight, self.key_norm.weight


class GatedMLP(nn.Module):
    def __init__(self, spec: DecoderSpec) -> None:
        super().__init__()
        self.gate_up = Linear(spec.hidden_size, 2 * spec.intermediate_size, bias=spec.mlp_bias)
        self.down = Linear(spec.intermediate_size, spec.hidden_size, bias=spec.mlp_bias)

    def forward(self, hidden: Tensor) -> Tensor:
        out: Tensor = self.down(kernels.swiglu(self.gate_up(hidden)))
        return out


class DecoderLayer(nn.Module):
    def __init__(self, spec: DecoderSpec, index: int) -> None:
        super().__init__()
        self.attention = SelfAttention(spec, spec.windows[index])
        self.mlp = GatedMLP(spec)
        self.attention_norm = RMSNorm(spec.hidden_size, spec.norm_eps)
        self.mlp_norm = RMSNorm(spec.hidden_size, spec.norm_eps)

    def forward(
        self, hidden: Tensor, turn: tuple[Tensor, Tensor], batch: StepBatch, cache: Tensor, backend: AttentionBackend
    ) -> Tensor:
        hidden = hidden + self.attention(self.attention_norm(hidden), turn, batch, cache, backend)
        out: Tensor = hidden + self.mlp(self.mlp_norm(hidden))
        return out
