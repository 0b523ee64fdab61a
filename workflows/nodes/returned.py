"""What a program may return: the declared outputs, of the declared types, within sizes.

Knows types and sizes, and the environment variables an operator may set them by; knows nothing of how programs run.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from workflows.errors import CodeError

OutputType = Literal[
    "string", "number", "boolean", "object", "array[string]", "array[number]", "array[boolean]", "array[object]"
]
_PREFIX = "WEFT_CODE_MAX_"


class Sizes(msgspec.Struct, frozen=True):
    """How large one output may be. `number` is the largest magnitude, `depth` how deep objects and arrays may nest."""

    chars: int = 400_000
    number: int = 2**63 - 1
    items: int = 1000
    depth: int = 5


def sizes_from(environment: Mapping[str, str]) -> Sizes:
    """The defaults with `WEFT_CODE_MAX_CHARS`, `_NUMBER`, `_ITEMS` and `_DEPTH` in their places. Raises ValueError."""
    values: dict[str, int] = {}
    for field in msgspec.structs.fields(Sizes):
        name = _PREFIX + field.name.upper()
        if text := environment.get(name, "").strip():
            if not text.isdecimal() or int(text) == 0:
                raise ValueError(f"{name} must be a positive whole number, and is {text!r}.")
            values[field.name] = int(text)
    return Sizes(**values)


SIZES = sizes_from(os.environ)


def accept_outputs(types: Mapping[str, OutputType], returned: Any, sizes: Sizes = SIZES) -> dict[str, Any]:
    """The returned values, checked against the declared ones. Raises CodeError."""
    if not isinstance(returned, dict):
        raise CodeError("code_output", f"main() must return an object of outputs, and returned {_called(returned)}.")
    missing = [name for name in types if name not in returned]
    extra = [str(name) for name in returned if name not in types]
    if missing:
        raise CodeError("code_output", f"main() did not return the declared output {missing[0]!r}.")
    if extra:
        raise CodeError("code_output", f"main() returned {extra[0]!r}, which is not a declared output.")
    return {name: _accepted(name, returned[name], wanted, sizes) for name, wanted in types.items()}


def _accepted(name: str, value: Any, wanted: OutputType, sizes: Sizes) -> Any:
    if not _fits(value, wanted):
        got = _called(value)
        raise CodeError("code_output", f"The output {name!r} is declared as {wanted}, and main() returned {got}.")
    if (reason := _oversize(value, sizes, sizes.depth)) is not None:
        raise CodeError("code_output_size", f"The output {name!r} is too large: {reason}.")
    if wanted == "number" and isinstance(value, bool):
        return int(value)
    if wanted == "array[number]" and isinstance(value, list):
        return [int(item) if isinstance(item, bool) else item for item in value]
    return value


def _fits(value: Any, wanted: str) -> bool:
    if value is None:
        return True
    if wanted.startswith("array["):
        return isinstance(value, list) and all(_fits(item, wanted[6:-1]) for item in value)
    return isinstance(value, _TYPES[wanted])


def _oversize(value: Any, sizes: Sizes, depth: int) -> str | None:
    """What is too large about the value; None when nothing is."""
    if isinstance(value, str):
        return f"a text is longer than {sizes.chars:,} characters" if len(value) > sizes.chars else None
    if isinstance(value, (int, float)):
        return f"a number is beyond {sizes.number}" if abs(value) > sizes.number else None
    if not isinstance(value, (list, dict)):
        return None
    if depth == 0:
        return f"it is nested more than {sizes.depth} levels deep"
    if isinstance(value, list) and len(value) > sizes.items:
        return f"an array has more than {sizes.items:,} items"
    items = value if isinstance(value, list) else value.values()
    return next((reason for item in items if (reason := _oversize(item, sizes, depth - 1))), None)


def _called(value: Any) -> str:
    """The type of a value, in words that fit both languages."""
    return next((name for name, kind in _NAMES if isinstance(value, kind)), "null")


_NAMES = (("a boolean", bool), ("a text", str), ("a number", (int, float)), ("an array", list), ("an object", dict))
_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "number": (int, float),
    "boolean": bool,
    "object": dict,
}
