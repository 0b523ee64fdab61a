"""What a decoder is made of, read from `config.json`.

One description for Llama, Mistral, Qwen2 and Qwen3; knows no weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.errors import ModelLoadError

FAMILIES = ("llama", "mistral", "qwen2", "qwen3")
ROPE_KINDS = ("default", "linear", "llama3")


@dataclass(frozen=True, slots=True, kw_only=True)
class RopeSpec:
    """Rotary positions. `factor` and the fields after it hold for the scaled kinds only."""

    kind: str
    theta: float
    factor: float = 1.0
    low_freq_factor: float = 1.0
    high_freq_factor: float = 4.0
    original_max_positions: int = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class DecoderSpec:
    family: str
    vocab_size: int
    hidden_size: int
    n_layers: int
    n_heads: int
    n_kv_heads: int
    head_dim: int
    intermediate_size: int
    norm_eps: float
    rope: RopeSpec
    max_positions: int
    qkv_bias: bool
    output_bias: bool
    mlp_bias: bool
    qk_norm: bool
    tied: bool
    windows: tuple[int | None, ...]
    """For each layer how many tokens it looks back, itself included; None: all."""
    dtype: str
    """The dtype the checkpoint was saved in."""


def decoder_spec(config: dict[str, Any], *, place: Path) -> DecoderSpec:
    """Read `config`. Raises ModelLoadError for an architecture that would be computed wrongly."""
    family = str(config.get("model_type"))
    if family not in FAMILIES:
        raise _unsupported(place, f"model_type {family!r}; known: {', '.join(FAMILIES)}")
    if config.get("hidden_act", "silu") != "silu":
        raise _unsupported(place, f"hidden_act {config['hidden_act']!r}; known: 'silu'")
    if "quantization_config" in config:
        raise _unsupported(place, "quantized weights; serve the unquantized checkpoint")
    try:
        return _read(config, family, place)
    except KeyError as error:
        raise ModelLoadError("model_incomplete", f"{place}/config.json has no {error.args[0]!r}.") from error


def _read(config: dict[str, Any], family: str, place: Path) -> DecoderSpec:
    n_heads = int(config["num_attention_heads"])
    attention_bias = bool(config.get("attention_bias", False))
    return DecoderSpec(
        family=family,
        vocab_size=config["vocab_size"],
        hidden_size=config["hidden_size"],
        n_layers=config["num_hidden_layers"],
        n_heads=n_heads,
        n_kv_heads=config.get("num_key_value_heads") or n_heads,
        head_dim=config.get("head_dim") or config["hidden_size"] // n_heads,
        intermediate_size=config["intermediate_size"],
        norm_eps=config.get("rms_norm_eps", 1e-6),
        rope=_rope(config, place),
        max_positions=config["max_position_embeddings"],
        qkv_bias=family == "qwen2" or attention_bias,
        output_bias=family != "qwen2" and attention_bias,
        mlp_bias=bool(config.get("mlp_bias", False)),
        qk_norm=family == "qwen3",
        tied=bool(config.get("tie_word_embeddings", False)),
        windows=_windows(config, family),
        dtype=str(config.get("dtype") or config.get("torch_dtype") or "float32"),
    )


def _rope(config: dict[str, Any], place: Path) -> RopeSpec:
    """transformers 5 writes one dict `rope_parameters`; checkpoints on disk still carry the older pair of keys."""
    scaling = config.get("rope_parameters") or config.get("rope_scaling") or {}
    kind = str(scaling.get("rope_type") or scaling.get("type") or "default")
    if kind not in ROPE_KINDS:
        raise _unsupported(place, f"rope type {kind!r}; known: {', '.join(ROPE_KINDS)}")
    if scaling.get("partial_rotary_factor", config.get("partial_rotary_factor", 1.0)) != 1.0:
        raise _unsupported(place, "a partial_rotary_factor; whole heads are rotated")
    theta = float(scaling.get("rope_theta") or config.get("rope_theta") or 10000.0)
    if kind == "default":
        return RopeSpec(kind=kind, theta=theta)
    if kind == "linear":
        return RopeSpec(kind=kind, theta=theta, factor=float(scaling["factor"]))
    return RopeSpec(
        kind=kind,
        theta=theta,
        factor=float(scaling["factor"]),
        low_freq_factor=float(scaling["low_freq_factor"]),
        high_freq_factor=float(scaling["high_freq_factor"]),
        original_max_positions=int(scaling["original_max_position_embeddings"]),
    )


def _windows(config: dict[str, Any], family: str) -> tuple[int | None, ...]:
    n_layers = int(config["num_hidden_layers"])
    window = config.get("sliding_window")
    if window is None or (family.startswith("qwen") and not config.get("use_sliding_window", False)):
        return (None,) * n_layers
    kinds = config.get("layer_types")
    if kinds:
        return tuple(int(window) if kind == "sliding_attention" else None for kind in kinds)
    first = int(config.get("max_window_layers", 0)) if family.startswith("qwen") else 0
    slides = family == "mistral" or family.startswith("qwen")
    return tuple(int(window) if slides and layer >= first else None for layer in range(n_layers))


def _unsupported(place: Path, what: str) -> ModelLoadError:
    return ModelLoadError("unsupported_model", f"{place}/config.json asks for {what}.")
