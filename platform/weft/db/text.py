"""Text that PostgreSQL can hold: without NUL characters and halves of surrogate pairs, both of which JSON may carry."""

from __future__ import annotations

import re
from typing import Any

_HALF = re.compile("[\ud800-\udfff]")


def storable(value: Any) -> Any:
    """The JSON value with every string, key or not, made fit to be stored."""
    match value:
        case str():
            # a text that is fit is the same object: it may be long
            fit = value.replace("\x00", "")
            return fit if fit.isascii() else _HALF.sub("?", fit)
        case list():
            return [storable(item) for item in value]
        case dict():
            return {storable(key): storable(item) for key, item in value.items()}
        case _:
            return value
