"""Conditions on what documents say of themselves: their shape, what each operator means, and the same as SQL.

A condition holds only for a document that has the field; `empty` alone holds for one that lacks it, and so no negation
finds documents of which nothing is known. Numbers compare as numbers and everything else as its text, with upper and
lower case apart. Times are kept as seconds since 1970 (see `metadata_values`), and compare as numbers. Knows documents;
knows nothing of searching.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from django.db.models import Case, Expression, F, FloatField, Func, Q, TextField, Value, When
from django.db.models.functions import Cast, Extract
from django.db.models.lookups import (
    Contains,
    EndsWith,
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    IsNull,
    LessThan,
    LessThanOrEqual,
    StartsWith,
)
from pydantic import BaseModel, ConfigDict, Field

from apps.knowledge.models import Document

Operator = Literal[
    "contains", "not contains", "start with", "end with", "is", "is not", "empty", "not empty", "in", "not in",
    "=", "≠", ">", "<", "≥", "≤", "before", "after",
]  # fmt: skip
OPERATORS: tuple[str, ...] = get_args(Operator)
MAX_CONDITIONS = 50
# Beyond it lie infinity and what no column holds.
LARGEST = 1e300
_ALIASES = {"=": "is", "≠": "is not", "before": "<", "after": ">"}
_TEXTUAL: Mapping[str, Any] = {"contains": Contains, "start with": StartsWith, "end with": EndsWith}
_ORDERED: Mapping[str, Any] = {">": GreaterThan, "<": LessThan, "≥": GreaterThanOrEqual, "≤": LessThanOrEqual}
_NEGATED = {"not contains": "contains", "is not": "is", "not in": "in"}


class Condition(BaseModel):
    """One comparison. `value` is text, a number, or for `in` and `not in` a list, or texts with commas between."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=255)
    operator: Operator
    value: Any = None


class Filter(BaseModel):
    """Which documents may be searched: those for which all, or any, of the conditions hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    logical: Literal["and", "or"] = "and"
    conditions: list[Condition] = Field(default=[], max_length=MAX_CONDITIONS)


def query(filter_: Filter) -> Q:
    """The filter over `Document`; an empty one holds for every document."""
    parts = [_holds(each) for each in filter_.conditions]
    combined = Q()
    for part in parts:
        combined = combined & part if filter_.logical == "and" else combined | part
    return combined


def joined(filters: Sequence[Filter]) -> Filter | None:
    """One filter that says the same as all of them together; None where none is given, or where no one can."""
    given = [each for each in filters if each.conditions]
    if len(given) == 1:
        return given[0]
    conditions: list[Condition] = []
    for each in (condition for filter_ in given for condition in filter_.conditions):
        if each not in conditions:
            conditions.append(each)
    all_hold = all(each.logical == "and" or len(each.conditions) == 1 for each in given)
    if not given or not all_hold or len(conditions) > MAX_CONDITIONS:
        return None
    return Filter(conditions=conditions)


def failing(filter_: Filter, document: Document) -> list[Condition]:
    """The conditions that do not hold for `document`, if for want of them it is filtered out; else none."""
    held = {
        index
        for index, each in enumerate(filter_.conditions)
        if Document.objects.filter(_holds(each), id=document.id).exists()
    }
    if not filter_.conditions or (held if filter_.logical == "or" else len(held) == len(filter_.conditions)):
        return []
    return [each for index, each in enumerate(filter_.conditions) if index not in held]


def _holds(condition: Condition) -> Q:
    operator = _ALIASES.get(condition.operator, condition.operator)
    text, number = _fields(condition.name)
    filled = Q(Exact(_present(text), Value(True)))
    match operator:
        case "empty":
            return ~filled
        case "not empty":
            return filled
    positive = _positive(_NEGATED.get(operator, operator), condition.value, text, number)
    return filled & (~positive if operator in _NEGATED else positive)


def _positive(operator: str, value: Any, text: Expression, number: Expression) -> Q:
    if operator in _TEXTUAL:
        return Q(_TEXTUAL[operator](text, _text(value)))
    if operator in _ORDERED:
        wanted = _number(value)
        return _known(_ORDERED[operator](number, wanted), number) if wanted is not None else _never()
    wanted_values = _listed(value) if operator == "in" else [value]
    numbers = [each for each in map(_number, wanted_values) if each is not None]
    # a number is equal to a number however it is written; anything else by its text
    same = Q(In(text, [_text(each) for each in wanted_values])) if wanted_values else _never()
    return same | _known(In(number, numbers), number) if numbers else same


def _known(comparison: Any, number: Expression) -> Q:
    """False, and not unknown, where there is no number, so that it can be negated."""
    return Q(Exact(Case(When(Q(comparison), then=Value(True)), default=Value(False)), Value(True)))


def _never() -> Q:
    return Q(pk__in=[])


def _present(text: Expression) -> Expression:
    return Case(
        When(Q(Exact(text, Value(""))), then=Value(False)), When(_is_null(text), then=Value(False)), default=Value(True)
    )


def _is_null(text: Expression) -> Q:

    return Q(IsNull(text, True))


def _fields(name: str) -> tuple[Expression, Expression]:
    """A field as text and as a number; null where it is none. The built-in fields are the document's own columns."""
    if name in BUILT_IN:
        return BUILT_IN[name]
    path = Value(_storable(name), output_field=TextField())
    text = Func(F("metadata"), path, function="jsonb_extract_path_text", output_field=TextField())
    kind = Func(
        Func(F("metadata"), path, function="jsonb_extract_path"), function="jsonb_typeof", output_field=TextField()
    )
    number = Case(When(Q(Exact(kind, Value("number"))), then=Cast(text, FloatField())), output_field=FloatField())
    return text, number


def _time(column: str) -> tuple[Expression, Expression]:
    seconds = Cast(Extract(column, "epoch"), FloatField())
    return Cast(Extract(column, "epoch"), TextField()), seconds


def _plain(column: str) -> tuple[Expression, Expression]:
    return Cast(F(column), TextField()), Value(None, output_field=FloatField())


BUILT_IN: Mapping[str, tuple[Expression, Expression]] = {
    "document_name": _plain("name"),
    "uploader": _plain("created_by__name"),
    "upload_date": _time("created_at"),
    "last_update_date": _time("updated_at"),
    "source": _plain("source"),
}


def _listed(value: Any) -> list[Any]:
    if isinstance(value, list | tuple):
        return list(value)
    return [part.strip() for part in _text(value).split(",") if part.strip()]


def _text(value: Any) -> str:
    """As PostgreSQL writes a JSON value as text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return _storable(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, ensure_ascii=False)


def _storable(text: str) -> str:
    """PostgreSQL's texts hold no NUL."""
    return text.replace("\x00", "")


def _number(value: Any) -> float | None:
    """A number, a number in a text, or the seconds of a time in ISO 8601 (UTC where it names no zone)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if abs(value) < LARGEST else None
    if not isinstance(value, str):
        return None
    try:
        number = float(value)
        return number if abs(number) < LARGEST else None
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
