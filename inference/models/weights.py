"""Fills a decoder from a Hugging Face checkpoint, one tensor at a time.

Knows both sides' names; never holds two copies.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from inference.errors import ModelLoadError
from inference.layers.formats import Int4
from inference.layers.parallel import Shard
from inference.loader import Checkpoint, LoadProgress
from inference.models.decoder import Decoder
from inference.models.sharding import Slot, part, slots
from inference.models.spec import DecoderSpec
from inference.quant.read import weights
from inference.quant.repack import dealt
from inference.quant.store import Rounding, Store, rounded

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
    rounding: Rounding = "none",
) -> Decoder:
    """Build the decoder and copy every weight into it, or this rank's part of it.

    progress: called after each tensor. rounding: what matrices of layers are rounded to, each when it is there; int8
    rounds the head too. Weights of 4 bits are widened where they cannot stay so: latents' up-projections, experts
    with act-order, and where ranks would share a group of inputs.
    Raises ModelLoadError naming weights missing, unknown or misshapen.
    """
    shard = shard or Shard()
    decoder = _empty(part(spec, shard.world), shard, dtype=dtype)
    table = slots(spec, shard)
    store = Store(decoder, rounding, device, place=directory, scheme=spec.stored)
    parameters = dict(decoder.named_parameters())
    unfilled = {name: parameter.numel() for name, parameter in parameters.items()}
    unknown: list[str] = []
    for name, weight in weights(Checkpoint(directory).tensors(progress), spec.stored, place=directory):
        if _needless(name, spec):
            continue
        place = _place(name.removeprefix("model."), spec, table, shard)
        if place.parameter not in parameters:
            # AutoGPTQ wrote biases of zeros for layers that have none.
            if spec.stored is None or not name.endswith(".bias") or isinstance(weight, Int4) or bool(weight.any()):
                unknown.append(name)
            continue
        target = place.parameter
        stored = None
        if isinstance(weight, Int4) and (store.takes(target) or store.takes_experts(target)):
            _check_shape(weight.shape, _wanted(parameters[target], place), name=name, directory=directory)
            axis = place.slot.axis
            size = _rows(parameters[target], place).shape[axis or 0]
            stored = dealt(weight, axis, place.slot.start, size)
        if stored is not None:
            store.add(target, place.slot.first, stored, place.expert or 0)
            unfilled[target] -= math.prod(stored.shape)
        else:
            tensor = weight.matrix() if isinstance(weight, Int4) else weight
            unfilled[target] -= _copy(_made(decoder, target, device), tensor, place, name=name, directory=directory)
        if unfilled[target] == 0:
            store.complete(target)
    _check(directory, spec, unknown, [name for name, count in unfilled.items() if count != 0])
    store.finish()
    if rounding == "int8":
        decoder.keep_head(rounded(decoder.head_rows, rounding))
    return decoder.requires_grad_(False).eval()


def _empty(spec: DecoderSpec, shard: Shard, *, dtype: torch.dtype) -> Decoder:
    """A decoder whose parameters have shapes and dtypes, and no memory yet."""
    with torch.device("meta"):
        decoder = Decoder(spec, shard)
    for name, parameter in decoder.named_parameters():
        _set(decoder, name, parameter.to(torch.float32 if name.endswith(_WIDE) else dtype))
    return decoder


def _made(decoder: Decoder, name: str, device: torch.device) -> Tensor:
    """The parameter, with memory on the device from the first call on."""
    parameter = decoder.get_parameter(name)
    if parameter.is_meta:
        _set(decoder, name, torch.empty(parameter.shape, device=device, dtype=parameter.dtype))
    return decoder.get_parameter(name)


def _set(decoder: Decoder, name: str, tensor: Tensor) -> None:
    module, _, leaf = name.rpartition(".")
    setattr(decoder.get_submodule(module), leaf, nn.Parameter(tensor, requires_grad=False))


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
    target = _rows(parameter, place)
    _check_shape(tensor.shape, _wanted(parameter, place), name=name, directory=directory)
    source = tensor if slot.axis is None else tensor.narrow(slot.axis, slot.start, target.shape[slot.axis])
    target.copy_(source)
    return target.numel()


def _rows(parameter: Tensor, place: _Place) -> Tensor:
    target = parameter if place.expert is None else parameter[place.expert]
    slot = place.slot
    return target if slot.rows is None else target[slot.first : slot.first + slot.rows]


def _wanted(parameter: Tensor, place: _Place) -> list[int]:
    """The shape of the checkpoint's matrix."""
    shape = list(_rows(parameter, place).shape)
    if place.slot.axis is not None:
        shape[place.slot.axis] = place.slot.whole
    return shape


def _check_shape(shape: Sequence[int], wanted: Sequence[int], *, name: str, directory: Path) -> None:
    if list(shape) != list(wanted):
        raise ModelLoadError(
            "model_corrupt", f"{directory}: {name!r} is {tuple(shape)}; config.json makes it {tuple(wanted)}."
        )


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
