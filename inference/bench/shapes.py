"""Models to measure: real shapes, random weights, made on the device; no checkpoint is needed."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from inference.bench.stage import Bench
from inference.cache.pages import PagePool
from inference.config import EngineConfig
from inference.device.choose import make_runner
from inference.engine import Engine
from inference.kernels import dispatch
from inference.models.decoder import Decoder
from inference.models.spec import DecoderSpec, decoder_spec

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
_held: dict[str, Decoder] = {}


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


def decoder_of(bench: Bench, name: str) -> Decoder:
    """The decoder, kept until another one is asked for."""
    if name not in _held:
        release()
        with torch.device("meta"):
            decoder = Decoder(spec_of(name))
        decoder = decoder.to(dtype(bench)).to_empty(device=bench.device)
        with torch.no_grad():
            for parameter in decoder.parameters():
                parameter.fill_(1.0) if parameter.dim() == 1 else parameter.normal_(0, 0.02)
        _held[name] = decoder.requires_grad_(False).eval()
    return _held[name]


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


def engine_of(bench: Bench, name: str, need: Need) -> Engine:
    """An engine that runs two steps ahead, with as many pages as the need has."""
    dispatch.forget()
    decoder = decoder_of(bench, name)
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


def weight_count(bench: Bench, name: str) -> int:
    """Weights that every step reads: all but an embedding that is not the head too."""
    decoder = decoder_of(bench, name)
    whole = sum(parameter.numel() for parameter in decoder.parameters())
    return whole if decoder.head is None else whole - decoder.words.weight.numel()
