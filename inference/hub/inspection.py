"""Can a directory be served as it lies there? Looks at names, sizes and headers; reads no weights, imports no torch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from inference.errors import ModelLoadError
from inference.hub.facts import Facts, facts
from inference.loader import Checkpoint, read_json
from inference.models.spec import decoder_spec
from inference.text.chat_template import load_chat_template

_LENGTH_BYTES = 8
MAX_HEADER_BYTES = 100_000_000
"""Of one safetensors file: the format's own limit."""
MAX_NUMBER = 1 << 45
"""Of parameters and of everything else that is counted: more is no model, and no number of the interface."""


@dataclass(frozen=True, slots=True)
class Inspected:
    facts: Facts
    n_bytes: int
    """Of the weights on disk."""


def inspect(directory: Path) -> Inspected:
    """What the directory holds. Raises ModelLoadError naming what is missing or not served, and the remedy: a family
    that is not known, weights that are not whole, no tokenizer, no chat template.
    """
    with _judged(directory):
        if not (directory / "config.json").is_file():
            raise ModelLoadError(
                "not_a_model", f"{directory} has no config.json; name a directory that holds a Hugging Face model."
            )
        described = _described(directory)
        return Inspected(described, _whole_weights(Checkpoint(directory)))


def check_description(directory: Path) -> None:
    """The same of all but the weights, which need not be there yet."""
    with _judged(directory):
        _described(directory)


@contextmanager
def _judged(directory: Path) -> Iterator[None]:
    """Files come from anybody, and one that nobody foresaw must not hide the rest of the list."""
    try:
        yield
    except ModelLoadError:
        raise
    except Exception as error:
        raise ModelLoadError(
            "model_corrupt", f"{directory} cannot be read as a model ({type(error).__name__}); get its files again."
        ) from error


def _described(directory: Path) -> Facts:
    found = facts(decoder_spec(read_json(directory, "config.json"), place=directory))
    if not all(isinstance(each, str) or (type(each) is int and 0 <= each < MAX_NUMBER) for each in astuple(found)):
        raise ModelLoadError("model_corrupt", f"{directory}/config.json describes no model; get it again.")
    if not (directory / "tokenizer.json").is_file():
        raise ModelLoadError(
            "tokenizer_missing",
            f"{directory} has no tokenizer.json; save the tokenizer in its fast form into that directory.",
        )
    if load_chat_template(directory) is None:
        raise ModelLoadError(
            "template_missing",
            f"{directory} has no chat template, so it answers no chats; choose the instruct form of the model, "
            "or put its chat_template.jinja there.",
        )
    return found


def _whole_weights(checkpoint: Checkpoint) -> int:
    """The bytes of all files, each as long as its header says, with every tensor that the index names."""
    found: set[str] = set()
    for path in checkpoint.files:
        found.update(_tensors(path))
    lost = sorted(checkpoint.indexed - found)
    if lost:
        raise ModelLoadError(
            "weights_missing",
            f"{checkpoint.files[0].parent}: the index names {len(lost)} weights that no file has, first {lost[0]!r}; "
            "get the model's files again.",
        )
    return sum(path.stat().st_size for path in checkpoint.files)


def _tensors(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
            if length > MAX_HEADER_BYTES:
                raise ValueError("the header is too long")
            header: dict[str, Any] = json.loads(file.read(length))
        header.pop("__metadata__", None)
        ends = [int(entry["data_offsets"][1]) for entry in header.values()]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise ModelLoadError(
            "model_corrupt", f"{path} is no safetensors file ({type(error).__name__}); get it again."
        ) from error
    wanted = _LENGTH_BYTES + length + max(ends, default=0)
    if path.stat().st_size != wanted:
        raise ModelLoadError(
            "weights_missing", f"{path} has {path.stat().st_size} of {wanted} bytes; get the whole file again."
        )
    return list(header)
