"""The decoder of every served family: tokens of many sequences in, hidden states out.

Knows nothing of sampling.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from inference.attention.base import AttentionBackend, StepBatch
from inference.layers.block import DecoderLayer
from inference.layers.blocked import blocked, can_block
from inference.layers.formats import WeightFormat
from inference.layers.norm import RMSNorm
from inference.layers.parallel import Shard
from inference.layers.plain import Embedding, Linear
from inference.layers.rope import angles, inverse_frequencies
from inference.layers.stream import Stream
from inference.models.spec import DecoderSpec


class Decoder(nn.Module):
    """cache: as `runner.cache_shape` says, written in place; a layer is given its own part."""

    def __init__(self, spec: DecoderSpec, shard: Shard | None = None) -> None:
        """`spec` describes this rank's part: `models.sharding.part` makes it of the model's."""
        super().__init__()
        self.spec = spec
        self.shard = shard or Shard()
        self.words = Embedding(spec.vocab_size, spec.hidden_size)
        self.layers = nn.ModuleList(DecoderLayer(spec, index, self.shard) for index in range(spec.n_layers))
        self.norm = RMSNorm(spec.hidden_size, spec.norm_eps)
        self.head = None if spec.tied else Linear(spec.hidden_size, spec.vocab_size // self.shard.world, bias=False)
        self._frequencies: Tensor | None = None
        self.adapters: dict[str, int] = {}
        """The place of each adapter in the layers' stacks, by name."""
        self._kept: WeightFormat | None = None

    def forward(self, batch: StepBatch, cache: Tensor, backend: AttentionBackend) -> Tensor:
        """Hidden states of the new tokens: (n_tokens, hidden)."""
        hidden: Tensor = self.words(batch.ids)
        turn = angles(self._turning(hidden), batch.positions, hidden.dtype, self.spec.rope.magnitude)
        stream = Stream(hidden)
        for index, layer in enumerate(self.layers):
            stream = layer(stream, turn, batch, cache[index], backend)
        return stream.settled()

    def logits(self, hidden: Tensor) -> Tensor:
        """Scores of the next token in fp32, for the rows of `hidden` given: (n_rows, vocab)."""
        normed = self.norm(hidden)
        scores = F.linear(normed, self.head_rows) if self._kept is None else self._kept.product(normed, None)
        return self.shard.join(scores).float()

    def block(self) -> None:
        """Lay the weights out as this CPU multiplies them fastest."""
        for module in self.modules():
            if isinstance(module, Linear) and module is not self.head:
                module.block()
        if self._kept is None and can_block(self.head_rows):
            self.keep_head(blocked(self.head_rows))

    def keep_head(self, stored: WeightFormat) -> None:
        """Multiply by the head in another form from now on. Where it is the embedding that stays, else it is let go."""
        self._kept = stored
        if self.head is not None:
            self.head.weight = nn.Parameter(self.head.weight.to("meta"), requires_grad=False)

    @property
    def head_rows(self) -> Tensor:
        """This rank's rows of the head: (vocab / ranks, hidden). No numbers once one of its own is kept otherwise."""
        if self.head is not None:
            return self.head.weight
        n_rows = self.spec.vocab_size // self.shard.world
        return self.words.weight[self.shard.rank * n_rows : (self.shard.rank + 1) * n_rows]

    def _turning(self, hidden: Tensor) -> Tensor:
        if self._frequencies is None:
            self._frequencies = inverse_frequencies(self.spec.rope, self.spec.head_dim).to(hidden.device)
        return self._frequencies
