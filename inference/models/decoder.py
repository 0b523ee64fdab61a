"""The decoder of Llama, Mistral, Qwen2 and Qwen3: tokens of many sequences in, hidden states out.

Knows nothing of sampling.
"""

from __future__ import annotations

from torch import Tensor, nn

from inference.attention.base import AttentionBackend, StepBatch
from inference.layers.block import DecoderLayer
from inference.layers.norm import RMSNorm
from inference.layers.plain import Embedding, Linear
from inference.layers.rope import angles, inverse_frequencies
from inference.models.spec import DecoderSpec


class Decoder(nn.Module):
    """cache: (n_layers, 2, n_pages, n_kv_heads, page_size, head_dim), written in place."""

    def __init__(self, spec: DecoderSpec) -> None:
        super().__init__()
        self.spec = spec
        self.words = Embedding(spec.vocab_size, spec.hidden_size)
        self.layers = nn.ModuleList(DecoderLayer(spec, index) for index in range(spec.n_layers))
        self.norm = RMSNorm(spec.hidden_size, spec.norm_eps)
        self.head = Linear(spec.hidden_size, spec.vocab_size, bias=False)
        if spec.tied:
            self.head.weight = self.words.weight
        self._frequencies: Tensor | None = None

    def forward(self, batch: StepBatch, cache: Tensor, backend: AttentionBackend) -> Tensor:
        """Hidden states of the new tokens: (n_tokens, hidden)."""
        hidden: Tensor = self.words(batch.ids)
        turn = angles(self._turning(hidden), batch.positions, hidden.dtype)
        for index, layer in enumerate(self.layers):
            hidden = layer(hidden, turn, batch, cache[index], backend)
        return hidden

    def logits(self, hidden: Tensor) -> Tensor:
        """Scores of the next token in fp32, for the rows of `hidden` given: (n_rows, vocab)."""
        scores: Tensor = self.head(self.norm(hidden))
        return scores.float()

    def _turning(self, hidden: Tensor) -> Tensor:
        if self._frequencies is None:
            self._frequencies = inverse_frequencies(self.spec.rope, self.spec.head_dim).to(hidden.device)
        return self._frequencies
