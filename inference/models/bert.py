"""A BERT encoder from a Hugging Face directory.

Knows names and shapes of its weights, nothing of tokenising or pooling.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from inference.errors import ModelLoadError
from inference.layers.bert import BertLayer, BertShape
from inference.layers.plain import Embedding, LayerNorm
from inference.loader import Checkpoint

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
_ACTIVATIONS = ("gelu", "gelu_new", "gelu_pytorch_tanh")


class BertEncoder(nn.Module):
    """ids: (batch, length) int64; real: (batch, length) bool. Returns (batch, length, hidden)."""

    def __init__(self, shape: BertShape) -> None:
        super().__init__()
        self.shape = shape
        self.words = Embedding(shape.vocab_size, shape.hidden_size)
        self.positions = Embedding(shape.max_positions, shape.hidden_size)
        self.types = Embedding(shape.n_types, shape.hidden_size)
        self.norm = LayerNorm(shape.hidden_size, shape.norm_eps)
        self.layers = nn.ModuleList(BertLayer(shape) for _ in range(shape.n_layers))

    def forward(self, ids: Tensor, real: Tensor) -> Tensor:
        positions = torch.arange(ids.shape[1], device=ids.device)
        hidden: Tensor = self.norm(self.words(ids) + self.positions(positions) + self.types.weight[0])
        mask = real[:, None, None, :]
        for layer in self.layers:
            hidden = layer(hidden, mask)
        return hidden


def bert_shape(config: dict[str, Any], *, place: Path) -> BertShape:
    """Read `config.json`. Raises ModelLoadError for anything this encoder would compute wrongly."""
    if config.get("model_type") != "bert":
        raise ModelLoadError(
            "unsupported_model",
            f"{place}/config.json has model_type {config.get('model_type')!r}; "
            "embeddings are served from 'bert' models.",
        )
    if config.get("position_embedding_type", "absolute") != "absolute":
        raise ModelLoadError(
            "unsupported_model", f"{place}/config.json asks for relative positions; only absolute ones are known."
        )
    activation = str(config.get("hidden_act", "gelu"))
    if activation not in _ACTIVATIONS:
        raise ModelLoadError(
            "unsupported_model", f"{place}/config.json has hidden_act {activation!r}; known: {', '.join(_ACTIVATIONS)}."
        )
    return BertShape(
        vocab_size=config["vocab_size"],
        hidden_size=config["hidden_size"],
        n_layers=config["num_hidden_layers"],
        n_heads=config["num_attention_heads"],
        intermediate_size=config["intermediate_size"],
        max_positions=config["max_position_embeddings"],
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
    state: dict[str, Tensor] = {}
    for name, tensor in Checkpoint(directory).tensors():
        ours = _our_name(name)
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
    name = name.removeprefix("bert.")
    module, _, leaf = name.rpartition(".")
    embeddings = {
        "embeddings.word_embeddings": "words",
        "embeddings.position_embeddings": "positions",
        "embeddings.token_type_embeddings": "types",
        "embeddings.LayerNorm": "norm",
    }
    if module in embeddings:
        return f"{embeddings[module]}.{leaf}"
    if module.startswith("encoder.layer."):
        _, _, index, inner = module.split(".", 3)
        return f"layers.{index}.{_LAYER_NAMES[inner]}.{leaf}" if inner in _LAYER_NAMES else None
    return None
