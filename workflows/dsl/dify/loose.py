"""Reading values that may be anything: each function gives the wanted type, an empty one when the value is not it."""

from __future__ import annotations

import json
import math
from typing import Any


def mapping(value: Any) -> dict[str, Any]:
    """A mapping with text keys."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """A list."""
    return value if isinstance(value, list) else []


def mappings(value: Any) -> list[dict[str, Any]]:
    """The mappings in a list."""
    return [item for item in items(value) if isinstance(item, dict)]


def text(value: Any, default: str = "") -> str:
    """Text; numbers as text, booleans as YAML writes them."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else default


def texts(value: Any) -> list[str]:
    """The texts in a list."""
    return [text(item) for item in items(value) if isinstance(item, (str, int, float))]


def whole(value: Any, default: int) -> int:
    """A whole number."""
    if isinstance(value, bool):
        return default
    try:
        return int(float(value))
    except (TypeError, ValueError, OverflowError):
        return default


def within(value: Any, default: int, low: int, high: int) -> int:
    """A whole number, moved into its limits."""
    return min(high, max(low, whole(value, default)))


def number(value: Any) -> Any:
    """A number, also out of text; what is none stays as it is."""
    if not isinstance(value, str):
        return value
    for read in (int, float):
        try:
            found = read(value)
        except ValueError:
            continue
        return found if math.isfinite(found) else value
    return value


def decoded(value: Any) -> Any:
    """A text that holds JSON as its value; what does not stays as it is."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def one_of(value: Any, known: tuple[str, ...], default: str) -> str:
    """One of the known words."""
    found = text(value)
    return found if found in known else default
