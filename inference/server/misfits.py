"""What a client is told about a body whose shape does not fit: the field by its place, and what would be taken.

Knows msgspec's sentences and types; nothing of what fields mean.
"""

from __future__ import annotations

import re

import msgspec
from msgspec import inspect

from inference.errors import BadRequest

_MISSING = re.compile(r"Object missing required field `(.+)`")
_ENUMERATED = re.compile(r"Invalid enum value (.+)")


def misfit(error: msgspec.ValidationError, shape: type) -> BadRequest:
    """The refusal of a body that was read as `shape`. Its `param` is the field's place, None for the body itself."""
    reason, _, at = str(error).partition(" - at `")
    place = at.rstrip("`").removeprefix("$.")
    missing, wrong = _MISSING.fullmatch(reason), _ENUMERATED.fullmatch(reason)
    if missing is not None:
        place = f"{place}.{missing[1]}" if place else missing[1]
        return BadRequest("invalid_field", f"{place} is missing; it is required.", param=place)
    if wrong is not None:
        taken = ", ".join(repr(value) for value in _values(inspect.type_info(shape), place))
        return BadRequest("invalid_field", f"{place} is {wrong[1]}; it must be one of {taken}.", param=place)
    return BadRequest("invalid_field", f"{place or 'The request body'}: {reason}.", param=place or None)


def _values(kind: inspect.Type, place: str) -> tuple[object, ...]:
    """Of the enumeration that lies at a place such as `messages[0].role`, inside of `kind`."""
    if isinstance(kind, inspect.LiteralType):
        return kind.values
    if isinstance(kind, inspect.UnionType):
        return next((found for each in kind.types if (found := _values(each, place))), ())
    if isinstance(kind, inspect.ListType):
        return _values(kind.item_type, place)
    if isinstance(kind, inspect.StructType):
        name, _, rest = place.partition(".")
        fields = {field.encode_name: field.type for field in kind.fields}
        field = fields.get(name.partition("[")[0])
        return _values(field, rest) if field is not None else ()
    return ()
