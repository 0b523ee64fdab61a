"""The transformer block of BERT-shaped encoders: bidirectional attention, post-norm.

Knows nothing of tokens or pooling.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inference.layers.plain import LayerNorm, Linear


@dataclass(frozen=True, slots=True, kw_only=True)
class BertShape:
    vocab_size: int
    hidden_size: int
    n_layers: int
    n_heads: int
    intermediate_size: int
    max_positions: int
    """Tokens of the longest text."""
    first_position: int
    n_types: int
    norm_eps: float
    activation: str


class BertLayer(nn.Module):
    """hidden: (batch, length, hidden); mask: (batch, 1, 1, length) bool, True where a token is real."""

    def __init__(self, shape: BertShape) -> None:
        super().__init__()
        size = shape.hidden_size
        self.n_heads = shape.n_heads
        self.query = Linear(size, size)
        self.key = Linear(size, size)
        self.value = Linear(size, size)
        self.attention_output = Linear(size, size)
        self.attention_norm = LayerNorm(size, shape.norm_eps)
        self.up = Linear(size, shape.intermediate_size)
        self.down = Linear(shape.intermediate_size, size)
        self.output_norm = LayerNorm(size, shape.norm_eps)
        self.gelu_approximation = "none" if shape.activation == "gelu" else "tanh"

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        mixed = F.scaled_dot_product_attention(
            self._heads(self.query(hidden)), self._heads(self.key(hidden)), self._heads(self.value(hidden)), mask
        )
        attended = self.attention_output(mixed.transpose(1, 2).reshape(hidden.shape))
        hidden = self.attention_norm(hidden + attended)
        grown = F.gelu(self.up(hidden), approximate=self.gelu_approximation)
        return torch.as_tensor(self.output_norm(hidden + self.down(grown)))

    def _heads(self, projected: Tensor) -> Tensor:
        batch, length, size = projected.shape
        return projected.view(batch, length, self.n_heads, size // self.n_heads).transpose(1, 2)
