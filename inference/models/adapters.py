"""Low-rank adapters from PEFT directories (LoRA, arXiv 2106.09685), put beside a decoder's weights.

Knows PEFT's names and files; which request asks for which adapter is the runner's affair.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from inference.errors import ModelLoadError
from inference.layers.lora import AdapterRows, AdapterStack
from inference.layers.plain import Linear
from inference.loader import read_json
from inference.models.decoder import Decoder
from inference.models.sharding import Slot, slots
from inference.models.spec import DecoderSpec
from inference.tensorfile import mapped_tensors

_NAME = re.compile(r"base_model\.model\.(?:model\.)?layers\.(\d+)\.(.+)\.lora_([AB])\.weight")
_PLAIN: dict[str, tuple[Any, ...]] = {
    "use_dora": (False, None),
    "fan_in_fan_out": (False, None),
    "bias": ("none", None),
    "modules_to_save": (None, []),
    "rank_pattern": ({}, None),
    "alpha_pattern": ({}, None),
    "layer_replication": (None,),
}
"""Settings of PEFT that change the computation, and the values with which it is the one here."""


@dataclass(frozen=True, slots=True)
class _Half:
    """What an adapter adds to some rows of one of our linear modules."""

    slot: Slot
    down: Tensor
    up: Tensor


def attach_adapters(decoder: Decoder, spec: DecoderSpec, directories: Mapping[str, Path]) -> None:
    """Load adapters by name; `decoder.adapters` then gives each one's place. spec: the whole model's.

    Raises ModelLoadError naming the adapter's file and what in it cannot be served.
    """
    table = slots(spec, decoder.shard)
    read = [_read(directory, decoder, table) for directory in directories.values()]
    scale = torch.tensor([_scale(directory) for directory in directories.values()], device=decoder.words.weight.device)
    for target in sorted({target for adapter in read for target in adapter}):
        module = decoder.get_submodule(target)
        assert isinstance(module, Linear)
        module.adapters = _stack(module, [adapter.get(target, []) for adapter in read], scale, decoder)
    decoder.adapters = {name: place for place, name in enumerate(directories)}


def adapter_rows(
    names: Sequence[str], lengths: Sequence[int], places: Mapping[str, int], device: torch.device
) -> AdapterRows | None:
    """For rows of `lengths` tokens the adapter each asks for, "" for none; None when no row asks for any."""
    if not any(names):
        return None
    return AdapterRows(
        starts=torch.tensor([*accumulate(lengths, initial=0)], dtype=torch.int32, device=device),
        adapters=torch.tensor([places[name] if name else -1 for name in names], dtype=torch.int32, device=device),
        longest=max(lengths),
    )


def _scale(directory: Path) -> float:
    config = read_json(directory, "adapter_config.json")
    rank, alpha = int(config["r"]), float(config["lora_alpha"])
    return alpha / (rank**0.5 if config.get("use_rslora") else rank)


def _read(directory: Path, decoder: Decoder, table: Mapping[str, Slot]) -> dict[str, list[_Half]]:
    """The parts of each of our modules that the adapter changes."""
    _check(directory)
    matrices: dict[tuple[str, str], dict[str, Tensor]] = {}
    path = directory / "adapter_model.safetensors"
    for name, tensor in mapped_tensors(path):
        found = _NAME.fullmatch(name)
        slot = table.get(found[2]) if found is not None else None
        if found is None or slot is None or not _adaptable(decoder, f"layers.{found[1]}.{slot.target}"):
            raise ModelLoadError(
                "unsupported_model", f"{path} has {name!r}; adapters of attention and MLP layers are served."
            )
        matrices.setdefault((found[1], found[2]), {})[found[3]] = tensor
    parts: dict[str, list[_Half]] = {}
    for (layer, module), pair in matrices.items():
        if pair.keys() != {"A", "B"}:
            raise ModelLoadError("weights_missing", f"{path} has one half only of layer {layer}'s {module!r}.")
        target = f"layers.{layer}.{table[module].target}"
        parts.setdefault(target, []).append(_half(table[module], pair, decoder, target, path))
    return parts


def _check(directory: Path) -> None:
    config = read_json(directory, "adapter_config.json")
    if config.get("peft_type") != "LORA":
        raise ModelLoadError(
            "unsupported_model", f"{directory} has peft_type {config.get('peft_type')!r}; LORA adapters are served."
        )
    odd = [name for name, plain in _PLAIN.items() if name in config and config[name] not in plain]
    if odd:
        raise ModelLoadError(
            "unsupported_model",
            f"{directory}/adapter_config.json sets {odd[0]} to {config[odd[0]]!r}; merge this adapter into its model.",
        )


def _adaptable(decoder: Decoder, target: str) -> bool:
    try:
        return isinstance(decoder.get_submodule(target), Linear)
    except AttributeError:
        return False


def _half(slot: Slot, pair: dict[str, Tensor], decoder: Decoder, target: str, path: Path) -> _Half:
    """This rank's part: rows of `up` where the layer's rows are split, columns of `down` where its columns are."""
    down, up = pair["A"], pair["B"]
    module = decoder.get_submodule(target)
    assert isinstance(module, Linear)
    n_out, n_in = module.weight.shape
    rows = n_out if slot.rows is None else slot.rows
    wanted = (slot.whole if slot.axis == 1 else n_in, slot.whole if slot.axis == 0 else rows)
    if (down.shape[1], up.shape[0]) != wanted or down.shape[0] != up.shape[1]:
        raise ModelLoadError(
            "model_corrupt",
            f"{path}: {target!r} gets {tuple(up.shape)} times {tuple(down.shape)}; the model's layer takes "
            f"{wanted[0]} in and gives {wanted[1]}.",
        )
    if slot.axis == 1:
        down = down.narrow(1, slot.start, n_in)
    if slot.axis == 0:
        up = up.narrow(0, slot.start, rows)
    return _Half(slot, down, up)


def _stack(module: Linear, adapters: list[list[_Half]], scale: Tensor, decoder: Decoder) -> AdapterStack:
    """Adapters of q, k and v, or of gate and up, lie side by side in the rank: each changes rows of its own only."""
    n_out, n_in = module.weight.shape
    rank = max(sum(len(half.down) for half in halves) for halves in adapters)
    like = decoder.words.weight
    down, up = like.new_zeros(len(adapters), rank, n_in), like.new_zeros(len(adapters), n_out, rank)
    for place, halves in enumerate(adapters):
        at = 0
        for half in halves:
            end, first = at + len(half.down), half.slot.first
            down[place, at:end] = half.down
            up[place, first : first + len(half.up), at:end] = half.up
            at = end
    return AdapterStack(down, up, scale)
