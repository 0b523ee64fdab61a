"""Text that PostgreSQL can hold: without NUL characters and halves of surrogate pairs, both of which JSON may carry."""

from __future__ import annotations

from typing import Any


def storable(value: Any) -> Any:
    """The JSON value with every string, key or not, made fit to be stored."""
    match value:
        case str():
            return value.replace("\x00", "").encode("utf-8", "replace").decode()
        case list():
            return [storable(item) for item in value]
        case dict():
            return {storable(key): storable(item) for key, item in value.items()}
        case _:
            return value
