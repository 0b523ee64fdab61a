"""Models to measure: real shapes, random weights, made on the device; no checkpoint is needed."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn

from inference.bench.stage import Bench
from inference.cache.pages import PagePool
from inference.config import EngineConfig
from inference.device.choose import make_runner
from inference.engine import Engine
from inference.kernels import dispatch
from inference.kernels.reference.nibbles import half_tile
from inference.layers.formats import E4m3, Int4
from inference.layers.plain import Linear
from inference.models.decoder import Decoder
from inference.models.spec import DecoderSpec, decoder_spec
from inference.quant.store import rounded

_ROPE = {"rope_type": "default", "rope_theta": 1_000_000.0}
_LLAMA_ROPE = {
    "rope_type": "llama3", "rope_theta": 500_000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
}  # fmt: skip


def _qwen3(vocab: int, size: int, inner: int, layers: int, heads: int, kv: int, dim: int, tied: bool) -> dict[str, Any]:
    return {
        "model_type": "qwen3", "vocab_size": vocab, "hidden_size": size, "intermediate_size": inner,
        "num_hidden_layers": layers, "num_attention_heads": heads, "num_key_value_heads": kv, "head_dim": dim,
        "max_position_embeddings": 40960, "rms_norm_eps": 1e-6, "rope_parameters": _ROPE, "tie_word_embeddings": tied,
    }  # fmt: skip


CONFIGS: dict[str, dict[str, Any]] = {
    "Qwen3-0.6B": _qwen3(151936, 1024, 3072, 28, 16, 8, 128, True),
    "Qwen3-8B": _qwen3(151936, 4096, 12288, 36, 32, 8, 128, False),
    "Llama-3.1-8B": {
        "model_type": "llama", "vocab_size": 128256, "hidden_size": 4096, "intermediate_size": 14336,
        "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
        "max_position_embeddings": 131072, "rms_norm_eps": 1e-5, "rope_parameters": _LLAMA_ROPE,
        "tie_word_embeddings": False,
    },
    "tiny": _qwen3(32000, 32, 48, 2, 4, 2, 16, True),
}  # fmt: skip
Form = Literal["whole", "fp8", "4 bits"]
"""Of the layers' matrices."""
_GROUPS = (128, 16)
_held: dict[tuple[str, Form], Decoder] = {}


@dataclass(frozen=True, slots=True)
class Need:
    """What requests of a measurement take."""

    rows: int
    tokens: int
    """Of all sequences together, prompts and answers."""
    budget: int = 8192
    inter_token_s: float = 1.0


def names(bench: Bench, *real: str) -> Sequence[str]:
    return ("tiny",) if bench.rehearsing else real or ("Qwen3-0.6B", "Qwen3-8B", "Llama-3.1-8B")


def spec_of(name: str) -> DecoderSpec:
    return decoder_spec(CONFIGS[name], place=Path(name))


def decoder_of(bench: Bench, name: str, form: Form = "whole") -> Decoder:
    """The decoder, kept until another one is asked for."""
    if (name, form) not in _held:
        release()
        with torch.device("meta"):
            decoder = Decoder(spec_of(name))
        decoder = decoder.to(dtype(bench)).to_empty(device=bench.device)
        with torch.no_grad():
            for parameter in decoder.parameters():
                parameter.fill_(1.0) if parameter.dim() == 1 else parameter.normal_(0, 0.02)
        for module in decoder.layers.modules():
            if isinstance(module, Linear) and form != "whole":
                _store(module, form)
        _held[name, form] = decoder.requires_grad_(False).eval()
    return _held[name, form]


def _store(linear: Linear, form: Form) -> None:
    """Random weights in that form; whole ones stay where 4 bits cannot be packed."""
    weight = linear.weight.detach()
    n_out, n_in = weight.shape
    group = next((size for size in _GROUPS if n_in % size == 0 and half_tile(n_in, n_in // size)), None)
    if form == "fp8":
        linear.stored = rounded(weight, "fp8")
    elif group is not None:
        packed = torch.randint(0, 256, (n_out, n_in // 2), dtype=torch.uint8, device=weight.device)
        scale = torch.full((n_out, n_in // group), 0.005, dtype=weight.dtype, device=weight.device)
        linear.stored = Int4(packed, scale, torch.full_like(scale, 8), None)
    if linear.stored is not None:
        linear.weight = nn.Parameter(torch.empty_like(weight, device="meta"), requires_grad=False)


def release() -> None:
    _held.clear()
    _tidy()


def _tidy() -> None:
    """Engines that are over hold caches in cycles of references."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def dtype(bench: Bench) -> torch.dtype:
    return torch.float32 if bench.rehearsing else torch.bfloat16


def engine_of(bench: Bench, name: str, need: Need, form: Form = "whole") -> Engine:
    """An engine that runs two steps ahead, with as many pages as the need has."""
    dispatch.forget()
    decoder = decoder_of(bench, name, form)
    _tidy()
    config = EngineConfig(
        max_rows=need.rows,
        token_budget=need.budget,
        inter_token_s=need.inter_token_s,
        n_pages=need.tokens // 64 + 2 * need.rows + 8,
        run_ahead=2,
        max_waiting=1_000_000,
    )
    assert config.n_pages is not None
    limit = min(config.n_pages * config.page_size, 40_960)
    runner = make_runner(decoder, config, device=bench.device, n_pages=config.n_pages, max_len=limit)
    pool = PagePool(config.n_pages, config.page_size)
    return Engine(runner, pool, config, max_model_len=limit, eos_ids=frozenset())


def kv_bytes(bench: Bench, name: str) -> int:
    """Of one token."""
    spec = spec_of(name)
    return 2 * spec.n_layers * spec.n_kv_heads * spec.head_dim * dtype(bench).itemsize


def weight_bytes(bench: Bench, name: str, form: Form) -> int:
    """Of the weights that every step reads."""
    decoder = decoder_of(bench, name, form)
    unread = None if decoder.head is None else decoder.words.weight
    total = sum(each.nbytes for each in decoder.parameters() if not each.is_meta and each is not unread)
    for module in decoder.layers.modules():
        if isinstance(module, Linear) and isinstance(module.stored, E4m3):
            total += module.stored.weight.nbytes + module.stored.scale.nbytes
        elif isinstance(module, Linear) and isinstance(module.stored, Int4):
            total += sum(each.nbytes for each in (module.stored.packed, module.stored.scale, module.stored.zero))
    return total


def weight_count(bench: Bench, name: str) -> int:
    """Weights that every step reads: all but an embedding that is not the head too."""
    decoder = decoder_of(bench, name)
    whole = sum(parameter.numel() for parameter in decoder.parameters())
    return whole if decoder.head is None else whole - decoder.words.weight.numel()
