"""Rotary positions as `config.json` describes them. Knows no tensors: `layers.rope` makes angles of this."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.models.refusal import unsupported

ROPE_KINDS = ("default", "linear", "dynamic", "llama3", "yarn")


@dataclass(frozen=True, slots=True, kw_only=True)
class RopeSpec:
    """Rotary positions. `factor` and the fields after it hold for the scaled kinds only."""

    kind: str
    theta: float
    factor: float = 1.0
    original_max_positions: int = 8192
    """Context of the pretraining that the scaling stretches."""
    low_freq_factor: float = 1.0
    high_freq_factor: float = 4.0
    beta_fast: float = 32.0
    beta_slow: float = 1.0
    truncate: bool = True
    magnitude: float = 1.0
    """cos and sin are multiplied by it (YaRN, arXiv 2309.00071, §3.4)."""
    score_magnitude: float = 1.0
    """Attention scores of DeepSeek are multiplied by it: its `mscale_all_dim`."""


def rope_spec(config: dict[str, Any], *, place: Path) -> RopeSpec:
    """transformers 5 writes one dict `rope_parameters`; checkpoints on disk still carry the older pair of keys.

    Raises ModelLoadError for a kind that would be computed wrongly, KeyError for a number that is missing.
    """
    scaling = config.get("rope_parameters") or config.get("rope_scaling") or {}
    kind = str(scaling.get("rope_type") or scaling.get("type") or "default")
    if kind not in ROPE_KINDS:
        raise unsupported(place, f"rope type {kind!r}", f"known are {', '.join(ROPE_KINDS)}")
    if scaling.get("partial_rotary_factor", config.get("partial_rotary_factor", 1.0)) != 1.0:
        raise unsupported(place, "a partial_rotary_factor", "only whole heads are rotated, choose another model")
    theta = float(scaling.get("rope_theta") or config.get("rope_theta") or 10000.0)
    if kind in ("default", "dynamic"):
        # Dynamic scaling changes nothing up to the context the model was made for. Beyond, a key would depend on the
        # length of its sequence, and pages could not be shared: the engine's limit is that context.
        return RopeSpec(kind="default", theta=theta)
    factor = float(scaling["factor"])
    if kind == "linear":
        return RopeSpec(kind=kind, theta=theta, factor=factor)
    if kind == "yarn":
        return _yarn(scaling, theta, factor, int(config["max_position_embeddings"]))
    return RopeSpec(
        kind=kind,
        theta=theta,
        factor=factor,
        low_freq_factor=float(scaling["low_freq_factor"]),
        high_freq_factor=float(scaling["high_freq_factor"]),
        original_max_positions=int(scaling["original_max_position_embeddings"]),
    )


def _yarn(scaling: dict[str, Any], theta: float, factor: float, max_positions: int) -> RopeSpec:
    whole = scaling.get("mscale_all_dim") or 0.0
    magnitude = scaling.get("attention_factor")
    if magnitude is None:
        part = scaling.get("mscale") or 0.0
        both = part and whole
        magnitude = _magnitude(factor, part) / _magnitude(factor, whole) if both else _magnitude(factor, 1.0)
    return RopeSpec(
        kind="yarn",
        theta=theta,
        factor=factor,
        original_max_positions=int(scaling.get("original_max_position_embeddings") or max_positions),
        beta_fast=float(scaling.get("beta_fast") or 32.0),
        beta_slow=float(scaling.get("beta_slow") or 1.0),
        truncate=bool(scaling.get("truncate", True)),
        magnitude=float(magnitude),
        score_magnitude=_magnitude(factor, whole) ** 2 if whole else 1.0,
    )


def _magnitude(factor: float, weight: float) -> float:
    """How much sharper attention must be over a context `factor` times as long (YaRN, §3.4)."""
    return 1.0 if factor <= 1 else 0.1 * weight * math.log(factor) + 1.0
