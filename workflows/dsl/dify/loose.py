"""Reading values that may be anything: each function gives the wanted type, an empty one when the value is not it."""

from __future__ import annotations

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
