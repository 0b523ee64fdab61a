"""Mixtures of experts as `config.json` describes them. Knows no tensors: `layers.experts` computes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from inference.models.refusal import unsupported


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpertSpec:
    n_experts: int
    n_chosen: int
    """Experts that compute a token."""
    intermediate_size: int
    shared_size: int
    """Intermediate size of the experts that every token passes; 0: none."""
    scoring: Literal["softmax", "sigmoid"]
    corrected: bool
    """A learnt bias takes part in the choice of experts, not in their weights (DeepSeek-V3, arXiv 2412.19437)."""
    normalised: bool
    """The chosen experts' weights add up to one."""
    scale: float
    n_groups: int
    """Experts are chosen from the `n_groups_kept` best of these."""
    n_groups_kept: int
    sparse: tuple[bool, ...]
    """For each layer whether it has experts, or one dense MLP."""


def expert_spec(config: dict[str, Any], family: str, *, place: Path) -> ExpertSpec | None:
    """None for a dense model. Raises ModelLoadError for a mixture that would be computed wrongly."""
    if family == "qwen3_moe":
        return _qwen(config)
    if family in ("deepseek_v2", "deepseek_v3") and config.get("n_routed_experts"):
        return _deepseek(config, family, place)
    return None


def _qwen(config: dict[str, Any]) -> ExpertSpec:
    dense, every = set(config.get("mlp_only_layers") or ()), int(config.get("decoder_sparse_step", 1))
    n_layers = int(config["num_hidden_layers"])
    return ExpertSpec(
        n_experts=int(config.get("num_experts") or config["num_local_experts"]),
        n_chosen=int(config["num_experts_per_tok"]),
        intermediate_size=int(config["moe_intermediate_size"]),
        shared_size=0,
        scoring="softmax",
        corrected=False,
        normalised=bool(config.get("norm_topk_prob", False)),
        scale=1.0,
        n_groups=1,
        n_groups_kept=1,
        sparse=tuple(layer not in dense and (layer + 1) % every == 0 for layer in range(n_layers)),
    )


def _deepseek(config: dict[str, Any], family: str, place: Path) -> ExpertSpec:
    third = family == "deepseek_v3"
    method = config.get("topk_method") or ("noaux_tc" if third else "greedy")
    known = ("noaux_tc",) if third else ("greedy", "group_limited_greedy")
    if method not in known:
        raise unsupported(place, f"topk_method {method!r}", f"known for {family} are {', '.join(known)}")
    scoring: Literal["softmax", "sigmoid"] = "sigmoid" if third else "softmax"
    if config.get("scoring_func", scoring) != scoring:
        raise unsupported(place, f"scoring_func {config['scoring_func']!r}", f"{family} is served with {scoring!r}")
    if not third and config.get("norm_topk_prob"):
        raise unsupported(place, "norm_topk_prob", "deepseek_v2 is served without; choose another checkpoint")
    if config.get("moe_layer_freq", 1) != 1:
        raise unsupported(place, f"moe_layer_freq {config['moe_layer_freq']}", "only 1 is served")
    grouped = method != "greedy"
    size, n_layers = int(config["moe_intermediate_size"]), int(config["num_hidden_layers"])
    first_sparse = int(config.get("first_k_dense_replace") or 0)
    return ExpertSpec(
        n_experts=int(config["n_routed_experts"]),
        n_chosen=int(config["num_experts_per_tok"]),
        intermediate_size=size,
        shared_size=size * int(config.get("n_shared_experts") or 0),
        scoring=scoring,
        corrected=third,
        normalised=third and bool(config.get("norm_topk_prob", True)),
        scale=float(config.get("routed_scaling_factor", 1.0)),
        n_groups=int(config["n_group"]) if grouped else 1,
        n_groups_kept=int(config["topk_group"]) if grouped else 1,
        sparse=tuple(layer >= first_sparse for layer in range(n_layers)),
    )
