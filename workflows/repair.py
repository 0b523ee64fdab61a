"""JSON as models write it: fenced, wrapped in prose, with single quotes, trailing commas or an end cut off.

Knows text; knows nothing of schemas. Never raises, whatever the text.
"""

from __future__ import annotations

import json
import re
from typing import Any

import json_repair

from workflows.values import clean

_FENCE = re.compile(r"```[a-zA-Z0-9_-]*[ \t]*\r?\n?(.*?)```", re.DOTALL)
_MAX_REPAIR = 200_000
_MAX_DEPTH = 200


def loads_lenient(text: str) -> Any:
    """The JSON value that `text` is or holds, repaired where need be; None when there is none."""
    text = text.strip().removeprefix("\ufeff")
    for candidate in _candidates(text):
        value = _strict(candidate)
        if value is not None:
            return value
    for candidate in _candidates(text):
        value = _repaired(candidate)
        if value is not None:
            return value
    return None


def _candidates(text: str) -> list[str]:
    """The text itself, what is fenced in it, and what stands between its outermost brackets."""
    found = [text, *(match.group(1).strip() for match in _FENCE.finditer(text))]
    starts = [at for at in (text.find("{"), text.find("[")) if at >= 0]
    if starts:
        start = min(starts)
        end = text.rfind("}" if text[start] == "{" else "]")
        found.append(text[start : end + 1] if end > start else text[start:])
    return list(dict.fromkeys(found))


def _strict(text: str) -> Any:
    try:
        return clean(json.loads(text))
    except (ValueError, RecursionError):
        return None


def _repaired(text: str) -> Any:
    """What repairing makes of a text that looks like an object or a list."""
    if not text.startswith(("{", "[")) or len(text) > _MAX_REPAIR or _depth(text) > _MAX_DEPTH:
        return None
    try:
        value = json_repair.loads(text, skip_json_loads=True)
    except (ValueError, RecursionError, IndexError, KeyError, TypeError, AttributeError):
        return None
    return clean(value) if isinstance(value, (dict, list)) and value else None


def _depth(text: str) -> int:
    deepest = depth = 0
    for char in text:
        if char in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "}]":
            depth -= 1
    return deepest
