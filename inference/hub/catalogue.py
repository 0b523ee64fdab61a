"""Instruct models that are known by name: what they are called on the hub, how large they are, whose terms they have.

`models.json` holds what is certain before a byte is downloaded: shapes as their `config.json` have them, licences, and
whether Chinese is among the languages that the makers trained for. `gated` is null where a hub has changed its mind.
Sizes on disk are counted from the shapes; the hub's own are known when a download begins.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from inference.hub.facts import Facts, facts
from inference.models.spec import decoder_spec

_PATH = Path(__file__).with_name("models.json")
_DISK_BYTES = {"bf16": 2.0, "fp16": 2.0, "fp32": 4.0, "fp8": 1.0, "awq": 0.52, "gptq": 0.52}
"""Of one number of a layer's matrices; 4-bit ones with a scale and a zero point for each 128."""


@dataclass(frozen=True, slots=True)
class Known:
    """A model of the table."""

    model_id: str
    name: str
    facts: Facts
    n_bytes: int
    """Of the weights on disk, about."""
    licence: str
    gated: bool | None
    chinese: Literal["strong", "weak"]


@functools.cache
def known_models() -> tuple[Known, ...]:
    """The table, small models first."""
    table = json.loads(_PATH.read_bytes())
    shapes = {name: facts(decoder_spec(config, place=_PATH)) for name, config in table["shapes"].items()}
    return tuple(_known(row, shapes[row["shape"]]) for row in table["models"])


def known_model(model_id: str) -> Known | None:
    return next((known for known in known_models() if known.model_id == model_id), None)


def disk_bytes(counted: Facts) -> int:
    """What a checkpoint of this size takes on disk, about."""
    layers = (counted.dense + counted.experts) * _DISK_BYTES.get(counted.stored, 4.0)
    rest = counted.words + counted.head + counted.small
    return round(layers + rest * (4.0 if counted.stored == "fp32" else 2.0))


def _known(row: dict[str, str | int | bool | None], shape: Facts) -> Known:
    counted = replace(shape, stored=str(row["stored"]), context=int(row.get("context") or shape.context))
    # Some checkpoints hold the table of words twice.
    twice = 2 * counted.words if row.get("head_stored") else 0
    return Known(
        model_id=str(row["id"]),
        name=str(row["name"]),
        facts=counted,
        n_bytes=disk_bytes(counted) + twice,
        licence=str(row["licence"]),
        gated=None if row["gated"] is None else bool(row["gated"]),
        chinese="strong" if row["chinese"] == "strong" else "weak",
    )
