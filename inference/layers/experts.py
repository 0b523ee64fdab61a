"""A mixture of experts in place of a layer's MLP: who computes a token, and the shared experts that compute all."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inference import kernels
from inference.layers.lora import AdapterRows
from inference.layers.mlp import GatedMLP
from inference.layers.norm import RMSNorm
from inference.layers.parallel import Shard
from inference.layers.stream import Stream
from inference.models.expert_spec import ExpertSpec
from inference.models.spec import DecoderSpec


class ExpertMLP(nn.Module):
    """Routing is computed in fp32 whatever the model's dtype."""

    def __init__(self, spec: DecoderSpec, experts: ExpertSpec, shard: Shard) -> None:
        super().__init__()
        n_experts, size, inner = experts.n_experts, spec.hidden_size, experts.intermediate_size
        self.experts = experts
        self.shard = shard
        self.router = nn.Parameter(torch.empty(n_experts, size))
        self.correction = nn.Parameter(torch.empty(n_experts)) if experts.corrected else None
        self.gate_up = nn.Parameter(torch.empty(n_experts, 2 * inner, size))
        self.down = nn.Parameter(torch.empty(n_experts, size, inner))
        self.scales: dict[str, Tensor] = {}
        """Of `gate_up` and `down` where they are e4m3, one for each expert's output: (n_experts, n_out) fp32; of 4 bits
        one for each group of inputs: (n_experts, n_out, n_groups)."""
        self.zeros: dict[str, Tensor] = {}
        """Of 4 bits, as the scales; the matrices are then packed, (n_experts, n_out, n_in / 2) uint8."""
        self.shared = GatedMLP(spec, experts.shared_size, shard) if experts.shared_size else None

    def forward(self, stream: Stream, norm: RMSNorm, adapters: AdapterRows | None = None) -> Stream:
        hidden, total = stream.normed(norm)
        scores = F.linear(hidden.float(), self.router)
        chosen, weights = choose(scores, self.experts, self.correction)
        scales, zeros = ((each["gate_up"], each["down"]) if each else None for each in (self.scales, self.zeros))
        out = self.shard.sum(kernels.moe_experts(hidden, self.gate_up, self.down, chosen, weights, scales, zeros))
        return Stream(total, out if self.shared is None else self.shared.beside(hidden, out, adapters))


def choose(logits: Tensor, spec: ExpertSpec, correction: Tensor | None) -> tuple[Tensor, Tensor]:
    """The experts of each token and their weights, both (n_tokens, n_chosen), the order of no meaning.

    logits: (n_tokens, n_experts) fp32. Groups are ranked by their best expert (DeepSeek-V2), or, where scores are
    corrected, by the sum of their best two (DeepSeek-V3, arXiv 2412.19437, §2.1.2).
    """
    scores = logits.sigmoid() if spec.scoring == "sigmoid" else logits.softmax(dim=-1)
    rank = scores if correction is None else scores + correction
    if spec.n_groups > 1:
        groups = rank.view(len(rank), spec.n_groups, -1)
        worth = groups.amax(dim=-1) if correction is None else groups.topk(2, dim=-1)[0].sum(dim=-1)
        kept = torch.zeros_like(worth, dtype=torch.bool)
        kept.scatter_(1, worth.topk(spec.n_groups_kept, dim=-1)[1], True)
        rank = groups.masked_fill(~kept[:, :, None], float("-inf")).flatten(1)
    chosen = rank.topk(spec.n_chosen, dim=-1)[1]
    weights = scores.gather(1, chosen)
    if spec.normalised:
        weights = weights / (weights.sum(dim=-1, keepdim=True) + 1e-20)
    return chosen, weights * spec.scale
