"""Texts to vectors with a sentence encoder: length-sorted batches under a token budget.

Knows nothing of HTTP or asyncio.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from inference.encoders.directory import sentence_format
from inference.encoders.load import load_encoder
from inference.errors import BadRequest
from inference.loader import read_json
from inference.request import Turn
from inference.text.chat_template import load_chat_template
from inference.text.tokens import load_tokenizer

Text = str | list[int]
"""Characters, or token ids of the encoder's own vocabulary, special ones included."""

BATCH_TOKENS = 2048
"""Padded tokens of one forward pass: bounds the memory of activations (about 40 MB for MiniLM)."""


@dataclass(frozen=True, slots=True)
class Embedded:
    vectors: NDArray[np.float32]
    """(n_texts, dimension), in the order of the texts."""
    n_tokens: list[int]
    """Tokens computed for each text, special ones included, after truncation."""


class Embedder:
    """One sentence encoder. Thread-compatible: one caller at a time."""

    def __init__(self, directory: Path, *, model_id: str, device: torch.device) -> None:
        self.model_id = model_id
        self._format = sentence_format(directory)
        self._encoder = load_encoder(directory, read_json(directory, "config.json"), device=device)
        self.dimension = self._encoder.dimension
        self.vocab_size = self._encoder.vocab_size
        self.max_tokens = min(self._format.max_tokens or self._encoder.max_positions, self._encoder.max_positions)
        self._template = load_chat_template(directory)
        self._tokenizer = load_tokenizer(directory)
        self._tokenizer.enable_truncation(self.max_tokens)

    @property
    def prompts(self) -> dict[str, str]:
        """Words that the model expects before a text, by the name of its use, such as `query`."""
        return self._format.prompts

    def prompted(self, texts: Sequence[Text], name: str | None = None) -> list[Text]:
        """`texts` with the words of a use before them, None: of the model's default, if it has one. Token ids are left
        as they are. Raises BadRequest for a name that the model does not know.
        """
        name = self._format.default_prompt if name is None else name
        if name is None:
            return list(texts)
        if name not in self.prompts:
            known = ", ".join(self.prompts) or "none"
            raise BadRequest(
                "prompt_unknown", f"{self.model_id} has no prompt {name!r}; it has: {known}.", param="prompt_name"
            )
        return [self.prompts[name] + text if isinstance(text, str) else text for text in texts]

    def encode(self, texts: Sequence[Text]) -> Embedded:
        """Embed `texts`, as `prompted` returned them. Characters beyond `max_tokens` tokens are cut, as
        sentence-transformers does; token ids are taken as they are and must be at most that many.
        """
        encodings = iter(self._tokenizer.encode_batch([text for text in texts if isinstance(text, str)]))
        ids = [next(encodings).ids if isinstance(text, str) else text for text in texts]
        vectors = np.empty((len(ids), self.dimension), dtype=np.float32)
        for batch in _batches([len(row) for row in ids]):
            rows = [ids[index] for index in batch]
            made = self._encoder.vectors(rows, self._format.pooling, normalise=self._format.normalise)
            vectors[batch] = made.cpu().numpy()
        return Embedded(vectors, [len(row) for row in ids])

    def conversation(self, turns: Sequence[Turn], arguments: dict[str, Any], *, add_special_tokens: bool) -> list[int]:
        """Token ids of a conversation by the directory's chat template, which is given `arguments`. Those of one that
        is longer than `max_tokens` are more than that. Raises BadRequest without a template, or when it refuses.
        """
        if self._template is None:
            raise BadRequest("no_chat_template", f"{self.model_id} has no chat template; use input.", param="messages")
        text = self._template.render(turns, arguments)
        (encoding,) = self._tokenizer.encode_batch([text], add_special_tokens=add_special_tokens)
        return [*encoding.ids, *(token for part in encoding.overflowing for token in part.ids)]

    def count(self, text: str) -> int:
        """Tokens of `text` without special ones, never truncated."""
        tokenizer = self._tokenizer
        encoding = tokenizer.encode(text, add_special_tokens=False)
        return len(encoding.ids) + sum(len(part.ids) for part in encoding.overflowing)


def _batches(lengths: list[int]) -> list[list[int]]:
    """Indexes grouped so that texts of like length share a pass of at most BATCH_TOKENS padded tokens."""
    batches: list[list[int]] = []
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and lengths[index] * (len(batch) + 1) > BATCH_TOKENS:
            batches.append(batch)
            batch = []
        batch.append(index)
    return [*batches, batch] if batch else batches
