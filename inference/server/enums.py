"""Schemas that only a few JSON texts fit, as those texts: a classifier's answer is then chosen, not decoded.

Knows JSON schema as far as a single enumeration goes; any other schema is left to a grammar.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_NOTES = frozenset({"title", "description", "$schema", "default"})
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "boolean": (bool,), "any": (str, int, bool, type(None)),
}  # fmt: skip


def texts_of(schema: object) -> tuple[str, ...]:
    """All JSON texts that fit, as `json.dumps` writes them, of an enumeration or of a closed object whose one required
    property is one; () for every other schema.
    """
    if not isinstance(schema, dict):
        return ()
    said = {key: value for key, value in schema.items() if key not in _NOTES}
    if said.get("type") != "object":
        return tuple(dict.fromkeys(_dumped(value) for value in _values(said)))
    properties = said.pop("properties", None)
    if not isinstance(properties, dict) or len(properties) != 1:
        return ()
    ((name, inner),) = properties.items()
    if said != {"type": "object", "required": [name], "additionalProperties": False} or not isinstance(inner, dict):
        return ()
    values = _values({key: value for key, value in inner.items() if key not in _NOTES})
    return tuple(dict.fromkeys(_dumped({name: value}) for value in values))


def _values(said: Mapping[str, Any]) -> list[Any]:
    """The values of an enumeration of texts, whole numbers and truths; none where a type speaks against one, or
    anything else is asked of them."""
    values = said.get("enum")
    if not isinstance(values, list) or not set(said) <= {"type", "enum"}:
        return []
    kind = said.get("type", "any")
    kinds = _TYPES.get(kind, ()) if isinstance(kind, str) else ()
    return values if all(type(value) in kinds for value in values) else []


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
