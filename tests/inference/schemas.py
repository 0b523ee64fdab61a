"""Random JSON schemas, the same for the same seed: what workflows ask for, and how it is nested."""

from __future__ import annotations

from random import Random
from typing import Any

_TEXTS = ["a", "bc", "好", "x y", 'q"', "\\", "é", "1"]


def schema_of(dice: Random, depth: int = 0) -> dict[str, Any]:
    """An object at the top; objects and lists three deep at most."""
    kinds = ["string", "integer", "number", "boolean", "null", "enum", "const", "anyOf", "ref"]
    kind = "object" if depth == 0 else dice.choice(kinds + ["object", "array"] * 2 * (depth < 3))
    return _MAKERS[kind](dice, depth)


def _object(dice: Random, depth: int) -> dict[str, Any]:
    names = dice.sample(["id", "name", "城市", "a b", "tags", "$x", "n"], dice.randint(1, 4))
    properties = {name: schema_of(dice, depth + 1) for name in names}
    required = [name for name in names if dice.random() < 0.6]
    schema = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return schema | ({"$defs": {"word": {"type": "string", "maxLength": 3}}} if depth == 0 else {})


def _string(dice: Random, depth: int) -> dict[str, Any]:
    low = dice.randint(0, 3)
    limits = {"minLength": low, "maxLength": low + dice.randint(0, 5)}
    formed = [{"pattern": "^[a-c]{2,4}$"}, {"pattern": "^(x|yy)-\\d{1,3}$"}, {"format": "date"}, {"format": "uuid"}]
    return {"type": "string", **dice.choice([limits, limits, *formed])}


def _integer(dice: Random, depth: int) -> dict[str, Any]:
    low = dice.randint(-50, 50)
    return {"type": "integer", "minimum": low, "maximum": low + dice.randint(0, 1000)}


def _number(dice: Random, depth: int) -> dict[str, Any]:
    return {"type": "number", "minimum": -1.5, dice.choice(["maximum", "exclusiveMaximum"]): dice.randint(0, 9)}


def _array(dice: Random, depth: int) -> dict[str, Any]:
    low = dice.randint(0, 2)
    limits = {"minItems": low, "maxItems": low + dice.randint(0, 2)}
    return {"type": "array", "items": schema_of(dice, depth + 1), **limits}


_MAKERS = {
    "object": _object,
    "string": _string,
    "integer": _integer,
    "number": _number,
    "array": _array,
    "boolean": lambda dice, depth: {"type": "boolean"},
    "null": lambda dice, depth: {"type": "null"},
    "enum": lambda dice, depth: {"enum": dice.sample([*_TEXTS, 1, None, True], 3)},
    "const": lambda dice, depth: {"const": dice.choice(_TEXTS)},
    "anyOf": lambda dice, depth: {"anyOf": [schema_of(dice, 3), {"type": "null"}]},
    "ref": lambda dice, depth: {"$ref": "#/$defs/word"},
}
