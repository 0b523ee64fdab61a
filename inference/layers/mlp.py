"""The gated MLP of a decoder layer (SwiGLU, arXiv 2002.05202)."""

from __future__ import annotations

from torch import Tensor, nn

from inference import kernels
from inference.layers.lora import AdapterRows
from inference.layers.parallel import Shard, SummedLinear
from inference.layers.plain import Linear
from inference.models.spec import DecoderSpec


class GatedMLP(nn.Module):
    def __init__(self, spec: DecoderSpec, intermediate_size: int, shard: Shard) -> None:
        super().__init__()
        self.gate_up = Linear(spec.hidden_size, 2 * intermediate_size, bias=spec.mlp_bias)
        self.down = SummedLinear(intermediate_size, spec.hidden_size, bias=spec.mlp_bias, shard=shard)

    def forward(self, hidden: Tensor, adapters: AdapterRows | None = None) -> Tensor:
        out: Tensor = self.down(kernels.swiglu(self.gate_up(hidden, adapters)), adapters)
        return out
