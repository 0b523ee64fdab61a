"""What a decoder is made of, read from `config.json`.

One description for Llama, Mistral, Qwen2, Qwen3, Qwen3-MoE, DeepSeek-V2 and -V3; knows no weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.errors import ModelLoadError
from inference.models.expert_spec import ExpertSpec, expert_spec
from inference.models.refusal import unsupported
from inference.models.rope_spec import RopeSpec, rope_spec
from inference.quant.scheme import Scheme, scheme

FAMILIES = ("llama", "mistral", "qwen2", "qwen3", "qwen3_moe", "deepseek_v2", "deepseek_v3")
MAX_LAYERS = 1024
"""A description that names more is an attack or a mistake: lists of that length are made before anything is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LatentSpec:
    """Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434, §2.1): the cache holds one latent a token, from
    which all heads' keys and values are projected, and one rotary key that all heads share.
    """

    query_rank: int | None
    """Size of the queries' own latent; None: queries are projected at once."""
    rank: int
    plain_dim: int
    """Of a head's query and key, the part without positions."""
    rotary_dim: int
    value_dim: int
    interleaved: bool
    scale: float
    """Of the attention scores."""

    @property
    def width(self) -> int:
        """Numbers that the cache holds of a token."""
        return self.rank + self.rotary_dim


@dataclass(frozen=True, slots=True, kw_only=True)
class DecoderSpec:
    family: str
    vocab_size: int
    hidden_size: int
    n_layers: int
    n_heads: int
    n_kv_heads: int
    head_dim: int
    """Of queries and keys; with latent attention the rotary part alone."""
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
    experts: ExpertSpec | None = None
    latent: LatentSpec | None = None
    stored: Scheme | None = None
    """How the checkpoint's weights are quantised; None: they are whole."""


def decoder_spec(config: dict[str, Any], *, place: Path) -> DecoderSpec:
    """Read `config`. Raises ModelLoadError for an architecture that would be computed wrongly."""
    family = str(config.get("model_type"))
    if family not in FAMILIES:
        raise unsupported(place, f"model_type {family!r}", f"served are {', '.join(FAMILIES)}")
    if config.get("hidden_act", "silu") != "silu":
        raise unsupported(place, f"hidden_act {config['hidden_act']!r}", "only 'silu' is served")
    try:
        return _read(config, family, place)
    except KeyError as error:
        raise ModelLoadError("model_incomplete", f"{place}/config.json has no {error.args[0]!r}.") from error


def _read(config: dict[str, Any], family: str, place: Path) -> DecoderSpec:
    n_heads = int(config["num_attention_heads"])
    attention_bias = bool(config.get("attention_bias", False))
    rope = rope_spec(config, place=place)
    latent = _latent(config, rope) if family.startswith("deepseek") else None
    stretched = int(rope.factor * rope.original_max_positions) if rope.kind == "yarn" else 0
    return DecoderSpec(
        family=family,
        vocab_size=config["vocab_size"],
        hidden_size=config["hidden_size"],
        n_layers=config["num_hidden_layers"],
        n_heads=n_heads,
        n_kv_heads=config.get("num_key_value_heads") or n_heads,
        head_dim=latent.rotary_dim if latent else config.get("head_dim") or config["hidden_size"] // n_heads,
        intermediate_size=config["intermediate_size"],
        norm_eps=config.get("rms_norm_eps", 1e-6),
        rope=rope,
        max_positions=max(config["max_position_embeddings"], stretched),
        qkv_bias=family == "qwen2" or attention_bias,
        output_bias=family != "qwen2" and attention_bias,
        mlp_bias=bool(config.get("mlp_bias", False)) and family != "deepseek_v3",
        qk_norm=family in ("qwen3", "qwen3_moe"),
        tied=bool(config.get("tie_word_embeddings", False)),
        windows=_windows(config, family, place),
        dtype=str(config.get("dtype") or config.get("torch_dtype") or "float32"),
        experts=expert_spec(config, family, place=place),
        latent=latent,
        stored=scheme(config, place=place),
    )


def _latent(config: dict[str, Any], rope: RopeSpec) -> LatentSpec:
    plain, rotary = int(config["qk_nope_head_dim"]), int(config["qk_rope_head_dim"])
    return LatentSpec(
        query_rank=config["q_lora_rank"],
        rank=int(config["kv_lora_rank"]),
        plain_dim=plain,
        rotary_dim=rotary,
        value_dim=int(config["v_head_dim"]),
        interleaved=bool(config.get("rope_interleave", True)),
        scale=(plain + rotary) ** -0.5 * rope.score_magnitude,
    )


def _windows(config: dict[str, Any], family: str, place: Path) -> tuple[int | None, ...]:
    n_layers = int(config["num_hidden_layers"])
    if not 0 < n_layers <= MAX_LAYERS:
        raise unsupported(place, f"num_hidden_layers {n_layers}", f"1 to {MAX_LAYERS} are served")
    window = config.get("sliding_window")
    slides = family == "mistral" or (family.startswith("qwen") and config.get("use_sliding_window", False))
    if window is None or not slides:
        return (None,) * n_layers
    kinds = config.get("layer_types")
    if kinds:
        return tuple(int(window) if kind == "sliding_attention" else None for kind in kinds)
    first = int(config.get("max_window_layers", 0)) if family in ("qwen2", "qwen3") else 0
    return tuple(int(window) if layer >= first else None for layer in range(n_layers))
