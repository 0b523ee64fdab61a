"""A mixture of experts in plain torch, expert by expert. Knows no router: who is asked, and how much, is given."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from inference.kernels.reference.activation import swiglu
from inference.kernels.reference.linear import dequantised


def moe_experts(
    hidden: Tensor,
    gate_up: Tensor,
    down: Tensor,
    experts: Tensor,
    weights: Tensor,
    scales: tuple[Tensor, Tensor] | None = None,
    zeros: tuple[Tensor, Tensor] | None = None,
) -> Tensor:
    """The weighted sum of what each token's experts say; an expert is a gated MLP.

    hidden: (n_tokens, size); gate_up: (n_experts, 2 * intermediate, size), the gate first; down: (n_experts, size,
    intermediate); experts: (n_tokens, k) int64 or int32, no token asks one twice; weights: (n_tokens, k), any float
    dtype. The expert matrices have hidden's dtype, or are e4m3 with scales: ((n_experts, 2 * intermediate),
    (n_experts, size)) fp32, one for each output; or they have 4 bits, two to a byte, (n_experts, 2 * intermediate,
    size / 2) and (n_experts, size, intermediate / 2) uint8, with scales and zeros as `w4a16_linear` has them for each
    expert: (n_experts, n_out, n_groups). Returns (n_tokens, size) in hidden's dtype, summed in fp32.
    """
    out = torch.zeros(hidden.shape, dtype=torch.float32, device=hidden.device)
    for expert in sorted(set(experts.flatten().tolist())):
        tokens, slots = torch.where(experts == expert)
        first, second = (
            _whole(matrices, scales and scales[side], zeros and zeros[side], expert, hidden.dtype)
            for side, matrices in enumerate((gate_up, down))
        )
        said = F.linear(swiglu(F.linear(hidden[tokens], first)), second)
        out.index_add_(0, tokens, said.float() * weights[tokens, slots, None].float())
    return out.to(hidden.dtype)


def _whole(matrices: Tensor, scales: Tensor | None, zeros: Tensor | None, expert: int, dtype: torch.dtype) -> Tensor:
    matrix = matrices[expert]
    if scales is None:
        return matrix
    if zeros is not None:
        return dequantised(matrix, scales[expert], zeros[expert]).to(dtype)
    return (matrix.float() * scales[expert][:, None]).to(dtype)
