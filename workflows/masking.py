"""Keeps the values of secret variables out of what people read of a run, and what is long short.

Knows values and texts. What a node gives on is never touched, or the nodes after it would read something else, and a
recovered run would compute with masks: only what is told of its inputs, its work, its steps, and of why it failed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from workflows.blobs import LIMIT_BYTES, type_name
from workflows.definition import VariableDef
from workflows.values import outweighs

MASK = "••••••"
SECRET = "secret"
PREVIEW = "$preview"
LONG_CHARS = 16 * 1024

# Shorter ones are no secrets, and occur in too many texts.
_MIN_CHARS = 4
_PREVIEW_CHARS = 500

_encoder = msgspec.json.Encoder()


def secrets_in(variables: Iterable[VariableDef]) -> Sequence[str]:
    """The values of the secret variables among these, longest first, as one may be part of another."""
    found = {variable.value for variable in variables if variable.type == SECRET and isinstance(variable.value, str)}
    return sorted((value for value in found if len(value) >= _MIN_CHARS), key=lambda value: (-len(value), value))


def masked(value: Any, secrets: Sequence[str]) -> Any:
    """The value with every text in it that holds a secret changed; the same object where none does."""
    match value:
        case str():
            for secret in secrets:
                if secret in value:
                    value = value.replace(secret, MASK)
            return value
        case dict():
            items = {key: masked(item, secrets) for key, item in value.items()}
            return items if any(items[key] is not item for key, item in value.items()) else value
        case list():
            changed = [masked(item, secrets) for item in value]
            return changed if any(one is not other for one, other in zip(changed, value, strict=True)) else value
        case _:
            return value


def told(values: dict[str, Any], secrets: Sequence[str], *, apart: bool) -> dict[str, Any]:
    """What a node read, as it is told: without secrets, and a preview in the place of every long value, or each of a
    thousand rounds would copy the list they work on into the log. `apart` says that very large ones are stored apart,
    once, and need none.
    """
    changed = None
    for name, value in values.items():
        shown = masked(value, secrets) if secrets else value
        if not (type(shown) is str and len(shown) <= LONG_CHARS) and outweighs(shown, LONG_CHARS):
            shown = _preview(shown, apart=apart)
        if shown is not value:
            changed = changed or dict(values)
            changed[name] = shown
    return changed or values


def _preview(value: Any, *, apart: bool) -> Any:
    try:
        data = _encoder.encode(value)
    except (TypeError, ValueError, RecursionError):
        return value  # The journal says what is wrong with a value that is no JSON.
    if apart and len(data) > LIMIT_BYTES:
        return value
    text = value if isinstance(value, str) else data[: _PREVIEW_CHARS * 4].decode(errors="ignore")
    return {PREVIEW: text[:_PREVIEW_CHARS], "bytes": len(data), "type": type_name(value)}
