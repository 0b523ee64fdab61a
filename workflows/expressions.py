"""The operators of conditions: comparing a value of the graph with what the author wrote.

Knows operators and coercion; knows nothing of cases or handles. Where Dify's engine fails on a number written as text,
this one reads the number; where it gives an answer, the dialect `dify` gives the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Literal

from workflows.errors import NodeError
from workflows.values import MISSING, Dialect, parse_bool, parse_number, to_text

Operator = Literal[
    "contains", "not contains", "start with", "end with", "is", "is not", "empty", "not empty", "in", "not in",
    "all of", "=", "≠", ">", "<", "≥", "≤", "null", "not null", "exists", "not exists",
]  # fmt: skip

FOR_ALL = frozenset({"not contains", "is not", "not in", "not empty", "not null", "not exists"})
"""Operators that, asked of the files in a list, must hold for each of them."""


def holds(operator: str, actual: Any, expected: Any, dialect: Dialect = "weft") -> bool:
    """Whether `actual operator expected`. A missing value counts as null. Raises NodeError for senseless operands."""
    if actual is MISSING:
        actual = None
    return _OPERATORS[operator](actual, expected, dialect)


def _contains(actual: Any, expected: Any, dialect: Dialect) -> bool:
    if not actual:
        return False
    if isinstance(actual, str):
        return to_text(expected, dialect) in actual
    if isinstance(actual, (list, tuple)):
        same = _same_in_dify if dialect == "dify" else _same
        return any(same(item, expected) for item in actual)
    raise _wrong("contains", actual, "a text or a list")


def _same(item: Any, expected: Any) -> bool:
    if isinstance(item, bool):
        return item is parse_bool(expected)
    if isinstance(item, (int, float)):
        number = None if isinstance(expected, bool) else parse_number(expected)
        return item == number
    return bool(item == expected)


def _same_in_dify(item: Any, expected: Any) -> bool:
    """Dify reads a truth value in the text, and no number."""
    if isinstance(item, bool):
        return item is parse_bool(expected)
    return not isinstance(expected, bool) and bool(item == expected)


def _starts(actual: Any, expected: Any, dialect: Dialect) -> bool:
    return bool(actual) and _text("start with", actual, dialect).startswith(to_text(expected, dialect))


def _ends(actual: Any, expected: Any, dialect: Dialect) -> bool:
    return bool(actual) and _text("end with", actual, dialect).endswith(to_text(expected, dialect))


def _is(actual: Any, expected: Any, dialect: Dialect) -> bool:
    if actual is None:
        return False
    if isinstance(actual, bool):
        return actual is parse_bool(expected)
    if isinstance(actual, (int, float)):
        return _same(actual, expected)
    return _text("is", actual, dialect) == to_text(expected, dialect)


def _is_not(actual: Any, expected: Any, dialect: Dialect) -> bool:
    return actual is not None and not _is(actual, expected, dialect)


def _in(actual: Any, expected: Any, dialect: Dialect) -> bool:
    # Dify takes every value that counts as false for absent, also 0.
    if not actual and (dialect == "dify" or isinstance(actual, bool) or not isinstance(actual, (int, float))):
        return False
    members = _list("in", expected)
    if isinstance(actual, str) and isinstance(expected, str):
        return actual in _texts(expected)
    return any(_same(actual, item) for item in members)


def _all_of(actual: Any, expected: Any, dialect: Dialect) -> bool:
    members = _list("all of", expected)
    if not actual:
        return False
    # Texts among texts are looked up; of the rest there are few enough to be compared with each.
    texts = {item for item in actual if isinstance(item, str)} if isinstance(actual, (list, tuple)) else set()
    others = [item for item in actual if not isinstance(item, str)] if texts else actual
    return all(
        (isinstance(member, str) and member in texts) or (bool(others) and _contains(others, member, dialect))
        for member in members
    )


def _equal(actual: Any, expected: Any, dialect: Dialect) -> bool:
    if actual is None:
        return False
    left, right = _number(actual), _number(expected)
    if left is None or right is None:
        return to_text(actual, dialect) == to_text(expected, dialect)
    return left == right


def _not_equal(actual: Any, expected: Any, dialect: Dialect) -> bool:
    return actual is not None and not _equal(actual, expected, dialect)


def _number(value: Any) -> int | float | None:
    """The number of a value; a truth value counts as 1 or 0, however it is written."""
    number = parse_number(value)
    if number is None and isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return int(value.strip().lower() == "true")
    return number


def _ordered(operator: str, compare: Callable[[float, float], bool]) -> Callable[[Any, Any, Dialect], bool]:
    def check(actual: Any, expected: Any, dialect: Dialect) -> bool:
        if actual is None:
            return False
        left, right = parse_number(actual), parse_number(expected)
        if left is None:
            raise _wrong(operator, actual, "a number")
        if right is None:
            raise _wrong(operator, expected, "a number to compare with")
        return compare(left, right)

    return check


def _list(operator: str, expected: Any) -> list[Any]:
    if isinstance(expected, (list, tuple)):
        return list(expected)
    if isinstance(expected, str):
        return _parsed(expected)
    raise _wrong(operator, expected, "a list to compare with")


# A list is filtered by asking the same of each of its elements, one after the other.
@lru_cache(maxsize=16)
def _parsed(expected: str) -> list[Any]:
    try:
        parsed = json.loads(expected)
    except (ValueError, RecursionError):
        return [part.strip() for part in expected.split(",")]
    return parsed if isinstance(parsed, list) else [expected]


@lru_cache(maxsize=16)
def _texts(expected: str) -> frozenset[str]:
    return frozenset(item for item in _parsed(expected) if isinstance(item, str))


def _text(operator: str, value: Any, dialect: Dialect) -> str:
    if isinstance(value, (list, dict)):
        raise _wrong(operator, value, "a text")
    return to_text(value, dialect)


def _wrong(operator: str, value: Any, wanted: str) -> NodeError:
    shown = to_text(value)[:60] or type(value).__name__
    return NodeError("condition_type", f"The operator “{operator}” needs {wanted}, and got “{shown}”.", retryable=False)


_OPERATORS: dict[str, Callable[[Any, Any, Dialect], bool]] = {
    "contains": _contains,
    "not contains": lambda actual, expected, dialect: not _contains(actual, expected, dialect),
    "start with": _starts,
    "end with": _ends,
    "is": _is,
    "is not": _is_not,
    "empty": lambda actual, *_: not actual,
    "not empty": lambda actual, *_: bool(actual),
    "in": _in,
    "not in": lambda actual, expected, dialect: not _in(actual, expected, dialect),
    "all of": _all_of,
    "=": _equal,
    "≠": _not_equal,
    ">": _ordered(">", lambda a, b: a > b),
    "<": _ordered("<", lambda a, b: a < b),
    "≥": _ordered("≥", lambda a, b: a >= b),
    "≤": _ordered("≤", lambda a, b: a <= b),
    "null": lambda actual, *_: actual is None,
    "not null": lambda actual, *_: actual is not None,
    "exists": lambda actual, *_: actual is not None,
    "not exists": lambda actual, *_: actual is None,
}
