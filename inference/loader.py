"""Reads Hugging Face model directories: JSON files and safetensors, one file or many.

Knows nothing of any architecture.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from torch import Tensor

from inference.errors import ModelLoadError
from inference.tensorfile import mapped_tensors

_INDEX = "model.safetensors.index.json"
_SINGLE = "model.safetensors"


def read_json(directory: Path, name: str, *, required: bool = True) -> dict[str, Any]:
    """The object in `directory/name`; {} when the file is absent and not required."""
    if not required and not (directory / name).is_file():
        return {}
    value = _read(directory, name)
    if not isinstance(value, dict):
        raise ModelLoadError(
            "model_corrupt", f"{directory / name} holds {type(value).__name__}, an object is expected."
        )
    return value


def read_json_list(directory: Path, name: str) -> list[dict[str, Any]]:
    """The list of objects in `directory/name`."""
    value = _read(directory, name)
    if not isinstance(value, list):
        raise ModelLoadError("model_corrupt", f"{directory / name} holds {type(value).__name__}, a list is expected.")
    return value


def _read(directory: Path, name: str) -> object:
    path = directory / name
    if not path.is_file():
        raise ModelLoadError(
            "model_incomplete", f"{directory} has no {name}; a Hugging Face model directory is expected."
        )
    try:
        value: object = json.loads(path.read_bytes())
    except ValueError as error:
        raise ModelLoadError("model_corrupt", f"{path} is not valid JSON: {error}") from error
    return value


def open_tensors(directory: Path) -> Iterator[tuple[str, Tensor]]:
    """Every tensor of the checkpoint by name, mapped from disk, one at a time, file by file."""
    for path in _weight_files(directory):
        yield from mapped_tensors(path)


def _weight_files(directory: Path) -> list[Path]:
    index = read_json(directory, _INDEX, required=False)
    names = sorted(set(index["weight_map"].values())) if index else [_SINGLE]
    files = [directory / name for name in names]
    for path in files:
        if not path.is_file():
            raise ModelLoadError(
                "weights_missing", f"{directory} has no {path.name}; weights are read as safetensors only."
            )
    return files
