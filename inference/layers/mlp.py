"""The gated MLP of a decoder layer (SwiGLU, arXiv 2002.05202)."""

from __future__ import annotations

from torch import Tensor, nn

from inference.layers.fused import fused, fuses, read, write, write_gated
from inference.layers.lora import AdapterRows
from inference.layers.norm import RMSNorm
from inference.layers.parallel import Shard, SummedLinear
from inference.layers.plain import Linear
from inference.layers.stream import Stream
from inference.models.spec import DecoderSpec


class GatedMLP(nn.Module):
    def __init__(self, spec: DecoderSpec, intermediate_size: int, shard: Shard) -> None:
        super().__init__()
        self.gate_up = Linear(spec.hidden_size, 2 * intermediate_size, bias=spec.mlp_bias)
        self.down = SummedLinear(intermediate_size, spec.hidden_size, bias=spec.mlp_bias, shard=shard)

    def forward(self, stream: Stream, norm: RMSNorm, adapters: AdapterRows | None = None) -> Stream:
        if fuses(self.gate_up, stream.total, adapters):
            total = stream.settled()
            return write(self.down, fused(self.gate_up, total, norm=norm, gated=True), total, adapters)
        gate_up, total = read(self.gate_up, norm, stream, adapters)
        return write_gated(self.down, gate_up, total, adapters)

    def beside(self, normed: Tensor, others: Tensor, adapters: AdapterRows | None) -> Tensor:
        """`others` and what this MLP makes of tokens that are normalised already. All (n_tokens, hidden)."""
        if fuses(self.gate_up, normed, adapters):
            return write(self.down, fused(self.gate_up, normed, gated=True), others, adapters).settled()
        return write_gated(self.down, self.gate_up(normed, adapters), others, adapters).settled()
