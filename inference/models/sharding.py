"""What one rank of several has of a model, and how it is called in checkpoints. Knows no tensors.

Heads, columns of MLPs and of experts, and rows of the head are dealt out in order; the rest is on every rank.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from inference.errors import ModelLoadError
from inference.layers.parallel import Shard
from inference.models.spec import DecoderSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """Where a checkpoint's matrix goes: into rows of one of ours, all of it, or this rank's part along one axis."""

    target: str
    """Our module, within its layer."""
    first: int = 0
    rows: int | None = None
    """The rows of ours that it fills from `first` on; None: all."""
    axis: int | None = None
    """Along which the ranks share it; None: all have all of it."""
    whole: int = 0
    """Its size along that axis in the checkpoint."""
    start: int = 0
    """Where this rank's part begins along it."""


def part(spec: DecoderSpec, world: int) -> DecoderSpec:
    """The same model with one rank's sizes. Raises ModelLoadError when it cannot be dealt out evenly.

    Where there are fewer key heads than ranks, several ranks have the same one.
    """
    if world == 1:
        return spec
    sizes = {"attention heads": spec.n_heads, "MLP columns": spec.intermediate_size, "words": spec.vocab_size}
    if spec.experts is not None:
        sizes["expert columns"] = spec.experts.intermediate_size
    for name, size in sizes.items():
        if size % world:
            raise ModelLoadError(
                "bad_setting", f"{size} {name} cannot be dealt out to {world} ranks; choose a divisor."
            )
    if max(spec.n_kv_heads, world) % min(spec.n_kv_heads, world):
        raise ModelLoadError(
            "bad_setting", f"{spec.n_kv_heads} key heads cannot be dealt out to {world} ranks; choose a divisor."
        )
    experts = spec.experts and replace(
        spec.experts,
        intermediate_size=spec.experts.intermediate_size // world,
        shared_size=spec.experts.shared_size // world,
    )
    return replace(
        spec,
        n_heads=spec.n_heads // world,
        n_kv_heads=max(1, spec.n_kv_heads // world),
        intermediate_size=spec.intermediate_size // world,
        experts=experts,
    )


def slots(spec: DecoderSpec, shard: Shard) -> dict[str, Slot]:
    """For each linear module of a checkpoint's layer where it goes. `spec` is the whole model's."""
    ours = part(spec, shard.world)
    table = _dense(spec, ours, shard)
    if spec.latent is None:
        return {**table, **_attention(spec, ours, shard)}
    latent = spec.latent
    queries = spec.n_heads * (latent.plain_dim + latent.rotary_dim)
    expanded = spec.n_heads * (latent.plain_dim + latent.value_dim)
    return {
        **table,
        "self_attn.q_proj": _split("attention.query", 0, queries, shard),
        "self_attn.q_b_proj": _split("attention.query", 0, queries, shard),
        "self_attn.q_a_proj": Slot(target="attention.query_down"),
        "self_attn.kv_a_proj_with_mqa": Slot(target="attention.latent_down"),
        "self_attn.kv_b_proj": _split("attention.up", 0, expanded, shard),
        "self_attn.o_proj": _split("attention.output", 1, spec.n_heads * latent.value_dim, shard),
    }


def _attention(spec: DecoderSpec, ours: DecoderSpec, shard: Shard) -> dict[str, Slot]:
    size = spec.head_dim
    queries, keys = ours.n_heads * size, ours.n_kv_heads * size
    # Fewer key heads than ranks: neighbours have the same one.
    first_key = shard.rank * spec.n_kv_heads // shard.world * size
    whole = spec.n_kv_heads * size
    return {
        "self_attn.q_proj": _split("attention.qkv", 0, spec.n_heads * size, shard, rows=queries),
        "self_attn.k_proj": Slot(
            target="attention.qkv", first=queries, rows=keys, axis=0, whole=whole, start=first_key
        ),
        "self_attn.v_proj": Slot(
            target="attention.qkv", first=queries + keys, rows=keys, axis=0, whole=whole, start=first_key
        ),
        "self_attn.o_proj": _split("attention.output", 1, spec.n_heads * size, shard),
    }


def _dense(spec: DecoderSpec, ours: DecoderSpec, shard: Shard) -> dict[str, Slot]:
    table: dict[str, Slot] = {}
    inner = [("mlp", "mlp", spec.intermediate_size, ours.intermediate_size)]
    if spec.experts is not None and ours.experts is not None:
        inner.append(("mlp.shared_experts", "mlp.shared", spec.experts.shared_size, ours.experts.shared_size))
        inner.append(("mlp.experts", "mlp", spec.experts.intermediate_size, ours.experts.intermediate_size))
    for theirs, target, whole, rows in inner:
        table[f"{theirs}.gate_proj"] = _split(f"{target}.gate_up", 0, whole, shard, rows=rows)
        table[f"{theirs}.up_proj"] = _split(f"{target}.gate_up", 0, whole, shard, first=rows, rows=rows)
        table[f"{theirs}.down_proj"] = _split(f"{target}.down", 1, whole, shard)
    return table


def _split(target: str, axis: int, whole: int, shard: Shard, *, first: int = 0, rows: int | None = None) -> Slot:
    return Slot(target=target, first=first, rows=rows, axis=axis, whole=whole, start=shard.rank * whole // shard.world)
