"""YAML and JSON text to plain values.

Knows text and its dangers (size, depth, aliases that grow, dates that are no JSON); knows nothing of workflows.
"""

from __future__ import annotations

import codecs
import json
from typing import Any

import yaml

from workflows.dsl import quick
from workflows.dsl.build import TooLarge, WrongYaml, build
from workflows.errors import DefinitionError, Fault
from workflows.values import clean

MAX_BYTES = 10 * 1024 * 1024
_MAX_VALUES = 1_000_000
MAX_DEPTH = 200
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def parse(text: str | bytes) -> Any:
    """The value of a YAML or JSON text. Raises DefinitionError with a sentence and, where known, the line."""
    if len(text) > MAX_BYTES:
        raise _unreadable(f"The file is larger than {MAX_BYTES // 1024 // 1024} MB.")
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-16" if text[:2] in _UTF16 else "utf-8-sig")
        except UnicodeDecodeError as error:
            raise _unreadable("The file is not UTF-8 text.") from error
    try:
        return quick.read(text, max_depth=MAX_DEPTH)
    except quick.Unsure:
        return clean(_parse(text), MAX_DEPTH + 1)


def _parse(text: str) -> Any:
    if text.lstrip()[:1] in ("{", "["):
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            pass  # Flow-style YAML looks like this too.
        else:
            check_size(value)
            return value
    try:
        return build(text, max_values=_MAX_VALUES, max_depth=MAX_DEPTH)
    except (yaml.MarkedYAMLError, WrongYaml) as error:
        mark = error.mark if isinstance(error, WrongYaml) else error.problem_mark
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise _unreadable(f"The file is no valid YAML{where}: {str(error.problem)[:200]}.") from error
    except TooLarge as error:
        raise _unreadable(str(error)) from error
    except (yaml.YAMLError, ValueError, MemoryError) as error:
        raise _unreadable(f"The file is no valid YAML: {str(error)[:200]}.") from error


def check_size(value: Any) -> None:
    """Bound what did not come as YAML like what does. Raises DefinitionError."""
    pending: list[tuple[Any, int]] = [(value, 0)]
    seen = 0
    while pending:
        item, depth = pending.pop()
        seen += 1
        if seen > _MAX_VALUES or depth > MAX_DEPTH:
            raise _unreadable("The file holds too many values or is nested too deeply.")
        if isinstance(item, dict):
            pending += [(child, depth + 1) for child in item.values()]
        elif isinstance(item, list):
            pending += [(child, depth + 1) for child in item]


def _unreadable(message: str) -> DefinitionError:
    return DefinitionError([Fault("file_unreadable", message)])
