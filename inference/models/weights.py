"""Fills a decoder from a Hugging Face checkpoint, one tensor at a time.

Knows both sides' names; never holds two copies.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from inference.errors import ModelLoadError
from inference.layers.parallel import Shard
from inference.loader import Checkpoint, LoadProgress
from inference.models.decoder import Decoder
from inference.models.sharding import Slot, part, slots
from inference.models.spec import DecoderSpec

_LAYER = re.compile(r"layers\.(\d+)\.(.+?)(?:\.(weight|bias))?")
_EXPERT = re.compile(r"mlp\.experts\.(\d+)\.(.+)")
_OUTER = {"embed_tokens.weight": "words.weight", "norm.weight": "norm.weight"}
_WHOLE = {
    "self_attn.q_norm": "attention.query_norm",
    "self_attn.k_norm": "attention.key_norm",
    "self_attn.q_a_layernorm": "attention.query_norm",
    "self_attn.kv_a_layernorm": "attention.latent_norm",
    "input_layernorm": "attention_norm",
    "post_attention_layernorm": "mlp_norm",
}
_ROUTER = {("mlp.gate", "weight"): "mlp.router", ("mlp.gate.e_score_correction_bias", None): "mlp.correction"}
_WIDE = (".router", ".correction")
"""Kept in fp32: a rounded score changes who is chosen."""
_IGNORED = re.compile(r"rotary_emb\.inv_freq$")


@dataclass(frozen=True, slots=True)
class _Place:
    parameter: str
    slot: Slot
    expert: int | None = None


def load_decoder(
    directory: Path,
    spec: DecoderSpec,
    *,
    device: torch.device,
    dtype: torch.dtype,
    shard: Shard | None = None,
    progress: Callable[[LoadProgress], None] | None = None,
) -> Decoder:
    """Build the decoder and copy every weight into it, or this rank's part of it.

    progress: called after each tensor. Raises ModelLoadError naming weights missing, unknown or misshapen.
    """
    shard = shard or Shard()
    decoder = _empty(part(spec, shard.world), shard, device=device, dtype=dtype)
    table = slots(spec, shard)
    parameters = dict(decoder.named_parameters())
    unfilled = {name: parameter.numel() for name, parameter in parameters.items()}
    unknown: list[str] = []
    for name, tensor in Checkpoint(directory).tensors(progress):
        if _needless(name, spec):
            continue
        place = _place(name.removeprefix("model."), spec, table, shard)
        if place.parameter not in parameters:
            unknown.append(name)
            continue
        unfilled[place.parameter] -= _copy(parameters[place.parameter], tensor, place, name=name, directory=directory)
    _check(directory, spec, unknown, [name for name, count in unfilled.items() if count != 0])
    return decoder.requires_grad_(False).eval()


def _empty(spec: DecoderSpec, shard: Shard, *, device: torch.device, dtype: torch.dtype) -> Decoder:
    with torch.device("meta"):
        decoder = Decoder(spec, shard)
    for name, parameter in decoder.named_parameters():
        wide = name.endswith(_WIDE)
        typed = torch.empty(parameter.shape, device=device, dtype=torch.float32 if wide else dtype)
        module, _, leaf = name.rpartition(".")
        setattr(decoder.get_submodule(module), leaf, nn.Parameter(typed, requires_grad=False))
    return decoder


def _needless(name: str, spec: DecoderSpec) -> bool:
    """Tables that are computed, a head that is the embedding, and layers that guess more tokens ahead (DeepSeek-V3's
    multi-token prediction, stored as layers beyond the last).
    """
    layer = _LAYER.fullmatch(name.removeprefix("model."))
    beyond = spec.family == "deepseek_v3" and layer is not None and int(layer[1]) >= spec.n_layers
    return beyond or _IGNORED.search(name) is not None or (spec.tied and name.endswith("lm_head.weight"))


def _place(name: str, spec: DecoderSpec, table: dict[str, Slot], shard: Shard) -> _Place:
    if name == "lm_head.weight":
        n_words = spec.vocab_size
        start = shard.rank * (n_words // shard.world)
        return _Place("head.weight", Slot(target="head", axis=0, whole=n_words, start=start))
    layer = _LAYER.fullmatch(name)
    if layer is None:
        return _Place(_OUTER.get(name, name), Slot(target=name))
    index, module, leaf = layer.groups()
    within = f"layers.{index}."
    router = _ROUTER.get((module, leaf))
    if router is not None:
        return _Place(within + router, Slot(target=router))
    expert = _EXPERT.fullmatch(module)
    if expert is not None:
        slot, at = table.get(f"mlp.experts.{expert[2]}"), int(expert[1])
        known = slot is not None and spec.experts is not None and at < spec.experts.n_experts
        return _Place(within + slot.target, slot, at) if slot and known else _Place(name, Slot(target=name))
    slot = table.get(module) or Slot(target=_WHOLE.get(module, module))
    if leaf == "bias" and slot.axis == 1:
        slot = Slot(target=slot.target)
    return _Place(f"{within}{slot.target}.{leaf}", slot)


@torch.no_grad()
def _copy(parameter: Tensor, tensor: Tensor, place: _Place, *, name: str, directory: Path) -> int:
    """Copy this rank's part of `tensor` where it belongs; returns how many numbers that were."""
    slot = place.slot
    target = parameter if place.expert is None else parameter[place.expert]
    if slot.rows is not None:
        target = target[slot.first : slot.first + slot.rows]
    wanted = list(target.shape)
    if slot.axis is not None:
        wanted[slot.axis] = slot.whole
    if list(tensor.shape) != wanted:
        raise ModelLoadError(
            "model_corrupt", f"{directory}: {name!r} is {tuple(tensor.shape)}; config.json makes it {tuple(wanted)}."
        )
    source = tensor if slot.axis is None else tensor.narrow(slot.axis, slot.start, target.shape[slot.axis])
    target.copy_(source)
    return target.numel()


def _check(directory: Path, spec: DecoderSpec, unknown: list[str], missing: list[str]) -> None:
    if unknown:
        raise ModelLoadError(
            "unsupported_model",
            f"{directory} has {len(unknown)} weights that a {spec.family} decoder lacks, first {unknown[0]!r}; "
            "config.json does not describe this checkpoint.",
        )
    if missing:
        raise ModelLoadError(
            "weights_missing",
            f"{directory} lacks weights for {len(missing)} places, first {min(missing)!r}; download it again.",
        )
