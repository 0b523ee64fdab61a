"""A decode loop in nothing but torch: what a machine gives when no engine is in the way.

Reads a Llama-shaped checkpoint without biases (Qwen3 without its norms is not meant). One sequence, a dense cache of
fixed size, greedy.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from inference.loader import read_json
from inference.tensorfile import mapped_tensors


class BareLlama:
    """Weights as they lie in the checkpoint, query, key and value of a layer joined, so that each is read once."""

    def __init__(self, directory: Path, *, max_len: int) -> None:
        self._config: dict[str, Any] = read_json(directory, "config.json")
        weights = {name: tensor.float() for name, tensor in mapped_tensors(directory / "model.safetensors")}
        self._words = weights["model.embed_tokens.weight"]
        self._head = weights.get("lm_head.weight", self._words)
        self._norm = weights["model.norm.weight"]
        self._layers = [_layer(weights, f"model.layers.{at}.") for at in range(self._config["num_hidden_layers"])]
        self._n_heads: int = self._config["num_attention_heads"]
        self._n_kv: int = self._config["num_key_value_heads"]
        self._head_dim: int = self._config["hidden_size"] // self._n_heads
        shape = (len(self._layers), 2, self._n_kv, max_len, self._head_dim)
        self._cache = torch.zeros(shape)
        theta = self._config["rope_parameters"]["rope_theta"]
        steps = 1.0 / theta ** (torch.arange(0, self._head_dim, 2) / self._head_dim)
        turns = torch.outer(torch.arange(max_len).float(), steps).repeat(1, 2)
        self._cos, self._sin = turns.cos(), turns.sin()

    @torch.inference_mode()
    def generate(self, prompt: list[int], n_tokens: int) -> list[int]:
        """`n_tokens` greedy tokens after `prompt`."""
        said = [int(self._forward(torch.tensor(prompt), 0).argmax())]
        while len(said) < n_tokens:
            said.append(int(self._forward(torch.tensor(said[-1:]), len(prompt) + len(said) - 1).argmax()))
        return said

    def _forward(self, ids: Tensor, start: int) -> Tensor:
        hidden = self._words[ids]
        size, end = hidden.shape[-1], start + len(ids)
        cos, sin = self._cos[start:end], self._sin[start:end]
        for cache, layer in zip(self._cache, self._layers, strict=True):
            qkv = F.linear(self._normed(hidden, layer["input_layernorm"]), layer["qkv"])
            heads = qkv.view(len(ids), -1, self._head_dim).transpose(0, 1)
            query, key, value = torch.split(heads, [self._n_heads, self._n_kv, self._n_kv])
            cache[0, :, start:end], cache[1, :, start:end] = _turned(key, cos, sin), value
            mixed = F.scaled_dot_product_attention(
                _turned(query, cos, sin)[None], cache[:1, :, :end], cache[1:, :, :end], is_causal=start == 0,
                enable_gqa=True,
            )  # fmt: skip
            hidden = hidden + F.linear(mixed[0].transpose(0, 1).reshape(len(ids), size), layer["o_proj"])
            gate, up = F.linear(self._normed(hidden, layer["post_attention_layernorm"]), layer["gate_up"]).chunk(2, -1)
            hidden = hidden + F.linear(F.silu(gate) * up, layer["down_proj"])
        return F.linear(self._normed(hidden[-1:], self._norm), self._head)

    def _normed(self, hidden: Tensor, weight: Tensor) -> Tensor:
        return F.rms_norm(hidden, weight.shape, weight, self._config["rms_norm_eps"])


def _layer(weights: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    def joined(*names: str) -> Tensor:
        return torch.cat([weights[f"{prefix}{name}.weight"] for name in names])

    own = {name: weights[f"{prefix}{name}.weight"] for name in ("input_layernorm", "post_attention_layernorm")}
    return {
        **own,
        "qkv": joined("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
        "o_proj": joined("self_attn.o_proj"),
        "gate_up": joined("mlp.gate_proj", "mlp.up_proj"),
        "down_proj": joined("mlp.down_proj"),
    }


def _turned(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    left, right = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-right, left), dim=-1) * sin
