"""Reads Hugging Face model directories: JSON files and safetensors, one file or many.

Knows nothing of any architecture. Imports torch only when tensors are read: who looks at a directory needs none.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inference.errors import ModelLoadError

if TYPE_CHECKING:
    from torch import Tensor

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


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """How far the reading of a checkpoint has come."""

    done_bytes: int
    total_bytes: int
    elapsed_s: float

    @property
    def eta_s(self) -> float | None:
        """Seconds that are left at the speed so far; None before the first tensor."""
        return self.elapsed_s * (self.total_bytes - self.done_bytes) / self.done_bytes if self.done_bytes else None


def _weight_map(directory: Path, index: dict[str, Any]) -> dict[str, str]:
    """The file of each tensor. It must lie in the directory: the index comes from whoever made the model."""
    found = index.get("weight_map")
    if not isinstance(found, dict) or not found or not all(map(_is_plain, found.values())):
        raise ModelLoadError(
            "model_corrupt", f"{directory / _INDEX} does not name files of its own directory; get it again."
        )
    return found


def _is_plain(name: object) -> bool:
    return isinstance(name, str) and Path(name).name == name


class Checkpoint:
    """The weights of a model directory: `model.safetensors`, or the files that its index names."""

    def __init__(self, directory: Path) -> None:
        """Raises ModelLoadError naming a file that is missing. Reads no weights."""
        index = read_json(directory, _INDEX, required=False)
        files = _weight_map(directory, index) if index else {}
        self._files = [directory / name for name in sorted(set(files.values())) or [_SINGLE]]
        self._indexed = frozenset(files)
        self._directory = directory
        for path in self._files:
            if not path.is_file():
                raise ModelLoadError(
                    "weights_missing", f"{directory} has no {path.name}; weights are read as safetensors only."
                )

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that hold the weights."""
        return tuple(self._files)

    @property
    def indexed(self) -> frozenset[str]:
        """The tensors that an index names; none for a single file."""
        return self._indexed

    def tensors(self, progress: Callable[[LoadProgress], None] | None = None) -> Iterator[tuple[str, Tensor]]:
        """Every tensor by name, mapped from disk, one at a time, file by file.

        progress: called when the next tensor is asked for. Raises ModelLoadError for a file that is not what its header
        says, and for a tensor that the index names and no file has.
        """
        from inference.tensorfile import mapped_tensors

        total, done, began = sum(path.stat().st_size for path in self._files), 0, time.monotonic()
        found: set[str] = set()
        for path in self._files:
            before = done
            for name, tensor in mapped_tensors(path):
                found.add(name)
                yield name, tensor
                done += tensor.nbytes
                if progress is not None:
                    progress(LoadProgress(done, total, time.monotonic() - began))
            done = before + path.stat().st_size
        if progress is not None:
            progress(LoadProgress(total, total, time.monotonic() - began))
        lost = sorted(self._indexed - found)
        if lost:
            raise ModelLoadError(
                "weights_missing",
                f"{self._directory}: {_INDEX} names {len(lost)} weights that no file has, first {lost[0]!r}.",
            )
