"""Reading a model's reply while it arrives: telling thinking from saying, and JSON from prose.

Knows text; knows nothing of ports or nodes.
"""

from __future__ import annotations

import json
import re
from typing import Any

from workflows.errors import NodeError

_OPEN, _CLOSE = "<think>", "</think>"
_FENCE = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL)
_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict, "array": list, "string": str, "boolean": bool, "number": (int, float), "integer": int,
    "null": type(None),
}  # fmt: skip


class ThinkSplitter:
    """Splits a stream at `<think>…</think>`; tags may be cut anywhere. `feed` gives (text, reasoning) pairs."""

    def __init__(self) -> None:
        self._held = ""
        self._thinking = False
        self._after_close = False

    def feed(self, piece: str) -> list[tuple[str, str]]:
        """What can be told apart so far."""
        self._held += piece
        found: list[tuple[str, str]] = []
        while True:
            tag = _CLOSE if self._thinking else _OPEN
            at = self._held.find(tag)
            if at < 0:
                break
            self._put(found, self._held[:at])
            self._held = self._held[at + len(tag) :]
            self._after_close = self._thinking
            self._thinking = not self._thinking
        keep = _overlap(self._held, tag)
        self._put(found, self._held[: len(self._held) - keep])
        self._held = self._held[len(self._held) - keep :]
        return found

    def close(self) -> list[tuple[str, str]]:
        """The rest."""
        found: list[tuple[str, str]] = []
        self._put(found, self._held)
        self._held = ""
        return found

    def _put(self, found: list[tuple[str, str]], text: str) -> None:
        if self._thinking:
            if text:
                found.append(("", text))
            return
        if self._after_close:
            text = text.lstrip()
        if text:
            self._after_close = False
            found.append((text, ""))


def _overlap(text: str, tag: str) -> int:
    """How many characters at the end of `text` may be the beginning of `tag`."""
    return next((n for n in range(min(len(text), len(tag) - 1), 0, -1) if tag.startswith(text[-n:])), 0)


def parse_json(text: str, schema: dict[str, Any]) -> Any:
    """The JSON in a reply, fenced or bare, checked against `schema`. Raises NodeError."""
    fenced = _FENCE.search(text)
    body = (fenced.group(1) if fenced else text).strip()
    if not body.startswith(("{", "[")) and "{" in body:
        body = body[body.index("{") : body.rindex("}") + 1]
    try:
        value = json.loads(body)
    except ValueError as error:
        raise NodeError("structured_output_invalid", f"The model's reply is no JSON: {error}.") from error
    problem = mismatch(value, schema)
    if problem:
        raise NodeError("structured_output_invalid", f"The model's reply does not fit the schema: {problem}.")
    return value


def mismatch(value: Any, schema: dict[str, Any], at: str = "it") -> str | None:
    """Where `value` departs from `schema`: types, enums, required keys, properties and items are looked at."""
    wanted = schema.get("type")
    names = [wanted] if isinstance(wanted, str) else wanted if isinstance(wanted, list) else []
    if names and not any(_is_type(value, name) for name in names):
        return f"{at} is not of type {' or '.join(names)}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{at} is none of {schema['enum']}"
    if isinstance(value, dict):
        return _object_mismatch(value, schema, at)
    items = schema.get("items")
    if isinstance(value, list) and isinstance(items, dict):
        return next((p for i, item in enumerate(value) if (p := mismatch(item, items, f"{at}[{i}]"))), None)
    return None


def _is_type(value: Any, name: Any) -> bool:
    if isinstance(value, bool):
        return bool(name == "boolean")
    return isinstance(value, _TYPES.get(str(name), object))


def _object_mismatch(value: dict[str, Any], schema: dict[str, Any], at: str) -> str | None:
    missing = [key for key in schema.get("required", []) if key not in value]
    if missing:
        return f"{at} lacks {missing[0]!r}"
    properties = schema.get("properties", {})
    if schema.get("additionalProperties") is False:
        extra = [key for key in value if key not in properties]
        if extra:
            return f"{at} has the unknown key {extra[0]!r}"
    inner = ((key, properties[key]) for key in value if isinstance(properties.get(key), dict))
    return next((p for key, child in inner if (p := mismatch(value[key], child, f"{at}.{key}"))), None)
