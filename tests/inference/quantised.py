"""Writes tiny checkpoints as quantisers publish them, number by number from the formats' descriptions.

Beside each goes a whole checkpoint of the same values, which a server must compute the same from.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import AutoModelForCausalLM, Qwen3Config, Qwen3MoeConfig

Parts = dict[str, Tensor]
Writer = Callable[[int, int], tuple[Parts, Tensor]]
"""(n_out, n_in) -> (a matrix in parts, its values (n_out, n_in) fp32)."""

GROUP = 16
AWQ_ORDER = (0, 2, 4, 6, 1, 3, 5, 7)
_SIZE: dict[str, Any] = {
    "vocab_size": 272,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 512,
}


def gptq(n_out: int, n_in: int, *, shuffled: bool = False, stored_less: int = 1) -> tuple[Parts, Tensor]:
    """8 inputs to an int32; weight = scale * (number - (stored zero + 1)), the group of each input in g_idx."""
    numbers, zeros, scales = _numbers(n_out, n_in)
    groups = torch.arange(n_in) // GROUP
    if shuffled:
        # q, k and v see the same inputs, so a quantiser orders theirs alike: by size alone.
        groups = groups[torch.randperm(n_in, generator=torch.Generator().manual_seed(n_in))]
    values = (numbers - zeros[groups]).float() * scales.float()[groups]
    parts = {
        "qweight": _words(numbers.t(), range(8)).t().contiguous(),
        "qzeros": _words(zeros - stored_less, range(8)),
        "scales": scales,
        "g_idx": groups.to(torch.int32),
    }
    return parts, values.t().contiguous()


def awq(n_out: int, n_in: int) -> tuple[Parts, Tensor]:
    """8 outputs to an int32, in an order of their own; weight = scale * (number - zero)."""
    numbers, zeros, scales = _numbers(n_out, n_in)
    groups = torch.arange(n_in) // GROUP
    values = (numbers - zeros[groups]).float() * scales.float()[groups]
    parts = {"qweight": _words(numbers, AWQ_ORDER), "qzeros": _words(zeros, AWQ_ORDER), "scales": scales}
    return parts, values.t().contiguous()


def blocks(n_out: int, n_in: int, side: int = 24) -> tuple[Parts, Tensor]:
    """e4m3 times the scale of its block; the last blocks are what is left."""
    weight = torch.randn(n_out, n_in).to(torch.float8_e4m3fn)
    scale = torch.rand(-(-n_out // side), -(-n_in // side)) / 8
    values = weight.float() * scale.repeat_interleave(side, 0)[:n_out].repeat_interleave(side, 1)[:, :n_in]
    return {"weight": weight, "weight_scale_inv": scale}, values


def save_pair(
    directory: Path, described: dict[str, Any], writer: Writer, *, experts: bool = False
) -> tuple[Path, Path]:
    """(a checkpoint whose layers' matrices `writer` wrote, with that `quantization_config`; the whole one)."""
    torch.manual_seed(5)
    config = (
        Qwen3MoeConfig(**_SIZE, num_experts=4, num_experts_per_tok=2, moe_intermediate_size=32)
        if experts
        else Qwen3Config(**_SIZE)
    )
    whole, stored = directory / "whole", directory / "stored"
    AutoModelForCausalLM.from_config(config, dtype=torch.float32).save_pretrained(whole)
    values, parts = load_file(whole / "model.safetensors"), {}
    for name, tensor in list(values.items()):
        module = name.removesuffix(".weight")
        if not module.endswith("_proj"):
            parts[name] = tensor
            continue
        written, values[name] = writer(*tensor.shape)
        parts.update({f"{module}.{part}": piece for part, piece in written.items()})
    stored.mkdir()
    save_file(values, whole / "model.safetensors")
    save_file(parts, stored / "model.safetensors")
    read = json.loads((whole / "config.json").read_text())
    (stored / "config.json").write_text(json.dumps({**read, "quantization_config": described}))
    return stored, whole


def _numbers(n_out: int, n_in: int) -> tuple[Tensor, Tensor, Tensor]:
    """(numbers (n_in, n_out), zeros (n_groups, n_out), scales (n_groups, n_out) fp16)"""
    n_groups = n_in // GROUP
    numbers = torch.randint(0, 16, (n_in, n_out))
    return numbers, torch.randint(1, 16, (n_groups, n_out)), (torch.rand(n_groups, n_out) / 16 + 0.01).half()


def _words(numbers: Tensor, order: Any) -> Tensor:
    """(rows, n) to (rows, n / 8) int32: the i-th 4 bits are number order[i] of eight."""
    words = torch.zeros(numbers.shape[0], numbers.shape[1] // 8, dtype=torch.int64)
    for at, place in enumerate(order):
        words |= numbers[:, place::8] << (4 * at)
    return torch.where(words >= 2**31, words - 2**32, words).to(torch.int32)
