"""BERT, RoBERTa and XLM-RoBERTa encoders from a Hugging Face directory, and cross-encoders built on them.

Knows names and shapes of their weights, nothing of tokenising or pooling.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from inference.errors import ModelLoadError
from inference.layers.bert import BertLayer, BertShape
from inference.layers.plain import Embedding, LayerNorm, Linear
from inference.loader import Checkpoint
from inference.models.refusal import unsupported

M = TypeVar("M", bound=nn.Module)

_LAYER_NAMES = {
    "attention.self.query": "query",
    "attention.self.key": "key",
    "attention.self.value": "value",
    "attention.output.dense": "attention_output",
    "attention.output.LayerNorm": "attention_norm",
    "intermediate.dense": "up",
    "output.dense": "down",
    "output.LayerNorm": "output_norm",
}
_EMBEDDING_NAMES = {
    "embeddings.word_embeddings": "words",
    "embeddings.position_embeddings": "positions",
    "embeddings.token_type_embeddings": "types",
    "embeddings.LayerNorm": "norm",
}
_HEAD_NAMES = {
    "pooler.dense": "dense",
    "classifier": "score",
    "classifier.dense": "dense",
    "classifier.out_proj": "score",
}
BERT_FAMILIES = ("bert", "roberta", "xlm-roberta")
_ACTIVATIONS = ("gelu", "gelu_new", "gelu_pytorch_tanh")


class BertEncoder(nn.Module):
    """ids: (batch, length) int64; real: (batch, length) bool, padding behind; types: (batch, length) int64, which text
    of a pair a token belongs to, None: all the first. Returns (batch, length, hidden).
    """

    def __init__(self, shape: BertShape) -> None:
        super().__init__()
        self.shape = shape
        self.words = Embedding(shape.vocab_size, shape.hidden_size)
        self.positions = Embedding(shape.max_positions + shape.first_position, shape.hidden_size)
        self.types = Embedding(shape.n_types, shape.hidden_size)
        self.norm = LayerNorm(shape.hidden_size, shape.norm_eps)
        self.layers = nn.ModuleList(BertLayer(shape) for _ in range(shape.n_layers))

    def forward(self, ids: Tensor, real: Tensor, types: Tensor | None = None) -> Tensor:
        first = self.shape.first_position
        positions = torch.arange(first, first + ids.shape[1], device=ids.device)
        typed = self.types.weight[0] if types is None else self.types(types)
        hidden: Tensor = self.norm(self.words(ids) + self.positions(positions) + typed)
        mask = real[:, None, None, :]
        for layer in self.layers:
            hidden = layer(hidden, mask)
        return hidden


class CrossEncoder(nn.Module):
    """One number for each pair of texts: what the first token says, through a layer with tanh. Arguments as the
    encoder's; returns (batch,), the higher the more relevant.
    """

    def __init__(self, shape: BertShape) -> None:
        super().__init__()
        self.encoder = BertEncoder(shape)
        self.dense = Linear(shape.hidden_size, shape.hidden_size)
        self.score = Linear(shape.hidden_size, 1)

    def forward(self, ids: Tensor, real: Tensor, types: Tensor | None = None) -> Tensor:
        first = self.encoder(ids, real, types)[:, 0]
        scores: Tensor = self.score(self.dense(first).tanh())
        return scores[:, 0]


def bert_shape(config: dict[str, Any], *, place: Path) -> BertShape:
    """Read `config.json`. Raises ModelLoadError for anything this encoder would compute wrongly."""
    family = config.get("model_type")
    if family not in BERT_FAMILIES:
        raise unsupported(place, f"model_type {family!r}", f"encoders are served from {', '.join(BERT_FAMILIES)}")
    if config.get("position_embedding_type", "absolute") != "absolute":
        raise unsupported(place, "relative positions", "only absolute ones are known, choose another model")
    activation = str(config.get("hidden_act", "gelu"))
    if activation not in _ACTIVATIONS:
        raise unsupported(place, f"hidden_act {activation!r}", f"known are {', '.join(_ACTIVATIONS)}")
    # RoBERTa counts positions from the one after that of its padding.
    first = 0 if family == "bert" else int(config.get("pad_token_id", 1)) + 1
    return BertShape(
        vocab_size=config["vocab_size"],
        hidden_size=config["hidden_size"],
        n_layers=config["num_hidden_layers"],
        n_heads=config["num_attention_heads"],
        intermediate_size=config["intermediate_size"],
        max_positions=config["max_position_embeddings"] - first,
        first_position=first,
        n_types=config["type_vocab_size"],
        norm_eps=config.get("layer_norm_eps", 1e-12),
        activation=activation,
    )


def load_bert(directory: Path, config: dict[str, Any], *, device: torch.device) -> BertEncoder:
    """Build the encoder on weights mapped from disk: on a CPU nothing is copied, and word rows never looked up
    take no memory.
    """
    with torch.device("meta"):
        model = BertEncoder(bert_shape(config, place=directory))
    return _filled(model, directory, _our_name, device)


def load_cross_encoder(directory: Path, config: dict[str, Any], *, device: torch.device) -> CrossEncoder:
    """The same for a sequence classifier with one label. Raises ModelLoadError when it has more."""
    shape = bert_shape(config, place=directory)
    n_labels = len(config.get("id2label") or ("no", "yes"))
    if n_labels != 1:
        raise ModelLoadError("unsupported_model", f"{directory} has {n_labels} labels; a reranker gives one score.")
    with torch.device("meta"):
        model = CrossEncoder(shape)

    def name_of(name: str) -> str | None:
        module, _, leaf = name.removeprefix("bert.").rpartition(".")
        inner = _our_name(name)
        return f"{_HEAD_NAMES[module]}.{leaf}" if module in _HEAD_NAMES else inner and f"encoder.{inner}"

    return _filled(model, directory, name_of, device)


def _filled(model: M, directory: Path, name_of: Callable[[str], str | None], device: torch.device) -> M:
    state: dict[str, Tensor] = {}
    for name, tensor in Checkpoint(directory).tensors():
        ours = name_of(name)
        if ours is not None:
            state[ours] = tensor.to(device=device, dtype=torch.float32)
    missing = sorted(set(model.state_dict()) - set(state))
    if missing:
        raise ModelLoadError(
            "weights_missing", f"{directory} lacks {len(missing)} weights, the first is {missing[0]!r}."
        )
    model.load_state_dict(state, strict=True, assign=True)
    return model.requires_grad_(False).eval()


def _our_name(name: str) -> str | None:
    """Our parameter for a checkpoint tensor; None for poolers, heads and position buffers."""
    name = name.removeprefix("bert.").removeprefix("roberta.")
    module, _, leaf = name.rpartition(".")
    if module in _EMBEDDING_NAMES:
        return f"{_EMBEDDING_NAMES[module]}.{leaf}"
    if module.startswith("encoder.layer."):
        _, _, index, inner = module.split(".", 3)
        return f"layers.{index}.{_LAYER_NAMES[inner]}.{leaf}" if inner in _LAYER_NAMES else None
    return None
