"""Values against JSON schemas: checking, making them fit, and a plain sentence about what does not.

Knows JSON Schema (drafts 7 and 2020-12, the latter when `$schema` says so). Safe with schemas and values of strangers:
nothing is fetched, patterns are bounded in time, references in number and depth.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from jsonschema import Draft7Validator, Draft202012Validator, SchemaError, ValidationError
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable

from workflows import patterns
from workflows.repair import loads_lenient
from workflows.values import parse_bool, parse_number

_MAX_STEPS = 200_000
_UNFOLDING_STEPS = 10
_steps: ContextVar[list[int]] = ContextVar("steps")


class _TooMuch(Exception):
    """A schema whose references unfold without end, or that asks too much of a large value."""


def problem_of(schema: Any) -> str | None:
    """Why `schema` is no usable JSON schema; None when it is one."""
    try:
        _draft(schema).check_schema(schema)
    except SchemaError as error:
        return f"{_at(error, 'the schema')}: {error.message[:200]}"
    except RecursionError:
        return "it is nested too deeply"
    return None


def mismatch(value: Any, schema: Any, name: str = "it") -> str | None:
    """Where `value` departs from `schema`, as a sentence; None when it fits."""
    problem = problem_of(schema)
    if problem is not None:
        return f"{name} cannot be checked, for its schema is wrong: {problem}"
    token = _steps.set([0])
    try:
        validator = _draft(schema)(schema, registry=Registry())
        errors = sorted(_first(validator.iter_errors(value)), key=lambda error: len(error.absolute_path))
        return f"{_at(errors[0], name)}: {errors[0].message[:200]}" if errors else None
    except _TooMuch:
        return f"{name}: there is too much to check: the schema unfolds without end, or the value is too large for it"
    except Unresolvable as error:
        return f"{name}: the schema refers to something it does not hold: {str(error)[:100]}"
    except RecursionError:
        return f"{name}: the schema refers to itself without end"
    except ArithmeticError:
        return f"{name}: a number is too large to check"
    except patterns.PatternError as error:
        return f"{name}: {error}"
    finally:
        _steps.reset(token)


def fitted(value: Any, schema: Any) -> Any:
    """`value` with texts made into the numbers, truth values, objects and lists that a schema wants of them.

    Looks at `type`, `properties` and `items` only; what cannot be made to fit stays as it is.
    """
    return _fitted(value, schema, 0)


def _fitted(value: Any, schema: Any, depth: int) -> Any:
    if not isinstance(schema, dict) or depth > 50:
        return value
    value = _cast(value, schema.get("type"))
    properties, items = schema.get("properties"), schema.get("items")
    if isinstance(value, dict) and isinstance(properties, dict):
        return {key: _fitted(item, properties.get(key), depth + 1) for key, item in value.items()}
    if isinstance(value, list) and isinstance(items, dict):
        return [_fitted(item, items, depth + 1) for item in value]
    return value


def _cast(value: Any, wanted: Any) -> Any:
    made: Any = None
    match wanted:
        case "number" if isinstance(value, str):
            made = parse_number(value)
        case "integer" if isinstance(value, (str, float)):
            number = parse_number(str(value))
            made = int(number) if number is not None and float(number).is_integer() else None
        case "boolean" if isinstance(value, str):
            made = parse_bool(value)
        case "object" | "array" if isinstance(value, str):
            made = loads_lenient(value)
            made = made if isinstance(made, dict if wanted == "object" else list) else None
        case "string" if isinstance(value, (int, float)) and not isinstance(value, bool):
            made = str(value)
    return value if made is None else made


def _first(errors: Iterator[ValidationError]) -> list[ValidationError]:
    """A few errors are enough to say what is wrong."""
    return [error for error, _ in zip(errors, range(5), strict=False)]


def _at(error: ValidationError | SchemaError, name: str) -> str:
    return name + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)


def _draft(schema: Any) -> type[Draft7Validator]:
    named = schema.get("$schema") if isinstance(schema, dict) else None
    newer = isinstance(named, str) and ("2020-12" in named or "2019-09" in named)
    draft: type[Draft7Validator] = _DRAFT_2020 if newer else _DRAFT_7
    return draft


def _counted(keyword: Any) -> Any:
    def check(validator: Any, wanted: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        _spend(_UNFOLDING_STEPS)
        yield from keyword(validator, wanted, instance, schema) or ()

    return check


def _measured(keyword: Any) -> Any:
    """A keyword whose work grows with what it looks at: elements, keys, or the values to choose from."""

    def check(validator: Any, wanted: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        _spend(1 + sum(len(each) for each in (wanted, instance) if isinstance(each, (list, dict))))
        yield from keyword(validator, wanted, instance, schema) or ()

    return check


def _spend(steps: int) -> None:
    budget = _steps.get()
    budget[0] += steps
    if budget[0] > _MAX_STEPS:
        raise _TooMuch


def _unique_items(validator: Any, wanted: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if wanted and isinstance(instance, list):
        _spend(len(instance))
        if len({_frozen(item) for item in instance}) != len(instance):
            yield ValidationError("it has the same element twice")


def _frozen(value: Any) -> Any:
    """Something that can be looked up, equal where JSON values are: 1 is 1.0, and not true."""
    if isinstance(value, dict):
        _spend(len(value))
        return ("object", frozenset((key, _frozen(item)) for key, item in value.items()))
    if isinstance(value, list):
        _spend(len(value))
        return ("array", tuple(_frozen(item) for item in value))
    return ("boolean", value) if isinstance(value, bool) else value


def _pattern(validator: Any, wanted: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not patterns.search(wanted, instance):
        yield ValidationError(f"{instance[:60]!r} does not match {wanted!r}")


def _pattern_properties(validator: Any, wanted: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    for pattern, inner in wanted.items():
        for key, value in instance.items():
            if patterns.search(pattern, key):
                yield from validator.descend(value, inner, path=key, schema_path=pattern)


def _bounded(draft: Any) -> Any:
    """The draft with patterns bounded in time, and everything else that may take long counted."""
    names = ("$ref", "$dynamicRef", "anyOf", "oneOf", "allOf", "not", "if")
    counted = {name: _counted(draft.VALIDATORS[name]) for name in names if name in draft.VALIDATORS}
    sized = (
        "items",
        "prefixItems",
        "additionalItems",
        "properties",
        "additionalProperties",
        "propertyNames",
        "contains",
    )
    measured = {name: _measured(draft.VALIDATORS[name]) for name in (*sized, "enum") if name in draft.VALIDATORS}
    counted |= {**measured, "uniqueItems": _unique_items}
    changed = {**counted, "pattern": _pattern, "patternProperties": _pattern_properties}
    return extend(draft, changed)  # type: ignore[no-untyped-call]


_DRAFT_7 = _bounded(Draft7Validator)
_DRAFT_2020 = _bounded(Draft202012Validator)
