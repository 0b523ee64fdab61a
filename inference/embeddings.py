"""Texts to vectors with a sentence encoder: length-sorted batches under a token budget.

Knows nothing of HTTP or asyncio.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inference.errors import ModelLoadError
from inference.loader import read_json, read_json_list
from inference.models.bert import BertEncoder, load_bert
from inference.text.tokens import load_tokenizer

Pooling = Literal["mean", "cls"]
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
        config = read_json(directory, "config.json")
        self.model_id = model_id
        self._device = device
        self._model: BertEncoder = load_bert(directory, config, device=device)
        self.dimension = self._model.shape.hidden_size
        self.vocab_size = self._model.shape.vocab_size
        self.max_tokens = _max_tokens(directory, self._model.shape.max_positions)
        self._pooling, self._normalise = _heads(directory)
        self._tokenizer = load_tokenizer(directory)
        self._tokenizer.enable_truncation(self.max_tokens)

    def encode(self, texts: Sequence[Text]) -> Embedded:
        """Embed `texts`. Characters beyond `max_tokens` tokens are cut, as sentence-transformers does; token ids are
        taken as they are and must be at most that many.
        """
        encodings = iter(self._tokenizer.encode_batch([text for text in texts if isinstance(text, str)]))
        ids = [next(encodings).ids if isinstance(text, str) else text for text in texts]
        vectors = np.empty((len(ids), self.dimension), dtype=np.float32)
        for batch in _batches([len(row) for row in ids]):
            vectors[batch] = self._forward([ids[index] for index in batch]).cpu().numpy()
        return Embedded(vectors, [len(row) for row in ids])

    def count(self, text: str) -> int:
        """Tokens of `text` without special ones, never truncated."""
        tokenizer = self._tokenizer
        encoding = tokenizer.encode(text, add_special_tokens=False)
        return len(encoding.ids) + sum(len(part.ids) for part in encoding.overflowing)

    @torch.inference_mode()
    def _forward(self, rows: list[list[int]]) -> Tensor:
        lengths = torch.tensor([len(row) for row in rows])
        width = int(lengths.max())
        ids = torch.tensor([row + [0] * (width - len(row)) for row in rows], device=self._device)
        real = (torch.arange(width)[None, :] < lengths[:, None]).to(self._device)
        hidden: Tensor = self._model(ids, real)
        pooled = hidden[:, 0] if self._pooling == "cls" else _mean(hidden, real)
        return torch.nn.functional.normalize(pooled, dim=-1) if self._normalise else pooled


def _mean(hidden: Tensor, real: Tensor) -> Tensor:
    weight = real[:, :, None].to(hidden.dtype)
    return (hidden * weight).sum(1) / weight.sum(1).clamp(min=1e-9)


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


def _max_tokens(directory: Path, max_positions: int) -> int:
    declared = read_json(directory, "sentence_bert_config.json", required=False).get("max_seq_length")
    return min(int(declared), max_positions) if declared else max_positions


def _heads(directory: Path) -> tuple[Pooling, bool]:
    """Pooling and normalisation named by a sentence-transformers directory; mean and normalised for a bare encoder."""
    if not (directory / "modules.json").is_file():
        return "mean", True
    modules = read_json_list(directory, "modules.json")
    names = [str(module["type"]).rpartition(".")[2] for module in modules]
    unknown = [name for name in names if name not in ("Transformer", "Pooling", "Normalize")]
    if unknown:
        raise ModelLoadError(
            "unsupported_model",
            f"{directory}/modules.json uses {unknown[0]!r}; known: Transformer, Pooling, Normalize.",
        )
    path = next(
        (str(module["path"]) for module, name in zip(modules, names, strict=True) if name == "Pooling"), "1_Pooling"
    )
    return _pooling(directory / path), "Normalize" in names


def _pooling(directory: Path) -> Pooling:
    config = read_json(directory, "config.json", required=False)
    if config.get("pooling_mode") in ("mean", "cls"):
        return "mean" if config["pooling_mode"] == "mean" else "cls"
    chosen = [name for name, on in config.items() if name.startswith("pooling_mode_") and on is True]
    if chosen == ["pooling_mode_cls_token"]:
        return "cls"
    if chosen == ["pooling_mode_mean_tokens"] or not config:
        return "mean"
    raise ModelLoadError(
        "unsupported_model", f"{directory}/config.json pools by {', '.join(chosen)}; known: mean and cls."
    )
