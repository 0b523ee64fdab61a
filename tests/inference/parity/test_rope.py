"""Rotary frequencies against transformers' own initialisers, to the bit, at the sizes of real models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

from inference.layers.rope import angles, inverse_frequencies
from inference.models.rope_spec import rope_spec

_LLAMA3 = {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}
_DEEPSEEK = {
    "factor": 40, "original_max_position_embeddings": 4096, "beta_fast": 32, "beta_slow": 1,
    "mscale": 0.707, "mscale_all_dim": 0.707,
}  # fmt: skip
KINDS: dict[str, dict[str, Any]] = {
    "linear": {"rope_type": "linear", "factor": 2.5},
    "dynamic": {"rope_type": "dynamic", "factor": 2.0},
    "llama3": {"rope_type": "llama3", **_LLAMA3},
    "yarn-qwen": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768},
    "yarn-deepseek": {"rope_type": "yarn", **_DEEPSEEK},
    "yarn-uneven": {"rope_type": "yarn", **_DEEPSEEK, "mscale": 1.0, "beta_fast": 24, "truncate": False},
    "yarn-named": {
        "rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 2048, "attention_factor": 1.3
    },
}  # fmt: skip


@pytest.mark.parametrize("theta", [10000.0, 500000.0, 1000000.0])
@pytest.mark.parametrize("kind", KINDS)
def test_frequencies_and_magnitude(kind: str, theta: float) -> None:
    parameters = {**KINDS[kind], "rope_theta": theta}
    config = LlamaConfig(
        hidden_size=4096, num_attention_heads=32, max_position_embeddings=8192, rope_parameters=dict(parameters)
    )
    frequencies, magnitude = ROPE_INIT_FUNCTIONS[KINDS[kind]["rope_type"]](config, torch.device("cpu"))

    spec = rope_spec({"max_position_embeddings": 8192, "rope_parameters": parameters}, place=Path("m"))

    assert torch.equal(inverse_frequencies(spec, 128), frequencies)
    assert spec.magnitude == magnitude
    positions = torch.tensor([0, 1, 4097])
    cos, sin = angles(inverse_frequencies(spec, 128), positions, torch.float32, spec.magnitude)
    turned = positions[:, None].float() * frequencies
    assert torch.equal(cos[:, 0], turned.cos() * magnitude)
    assert torch.equal(sin[:, 0], turned.sin() * magnitude)


def test_older_keys_say_the_same() -> None:
    newer = {"max_position_embeddings": 131072, "rope_parameters": {**KINDS["llama3"], "rope_theta": 500000.0}}
    older = {
        "max_position_embeddings": 131072,
        "rope_theta": 500000.0,
        "rope_scaling": {"type": "llama3", **_LLAMA3},
    }

    assert rope_spec(older, place=Path("m")) == rope_spec(newer, place=Path("m"))
