"""The operators of if-else: comparing a value of the graph with what the author wrote.

Knows operators and coercion; knows nothing of cases or handles. Where Dify's engine fails on a number written as
text, this one reads the number.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Literal

from workflows.errors import NodeError
from workflows.values import MISSING, parse_bool, parse_number, to_text

Operator = Literal[
    "contains", "not contains", "start with", "end with", "is", "is not", "empty", "not empty", "in", "not in",
    "all of", "=", "≠", ">", "<", "≥", "≤", "null", "not null", "exists", "not exists",
]  # fmt: skip

NEGATED = frozenset({"not contains", "is not", "not in", "≠", "not exists"})


def holds(operator: str, actual: Any, expected: Any) -> bool:
    """Whether `actual operator expected`. A missing value counts as null. Raises NodeError for senseless operands."""
    if actual is MISSING:
        actual = None
    return _OPERATORS[operator](actual, expected)


def _contains(actual: Any, expected: Any) -> bool:
    if not actual:
        return False
    if isinstance(actual, str):
        return to_text(expected) in actual
    if isinstance(actual, (list, tuple)):
        return any(_same(item, expected) for item in actual)
    raise _wrong("contains", actual, "a text or a list")


def _same(item: Any, expected: Any) -> bool:
    if isinstance(item, bool):
        return item is parse_bool(expected)
    if isinstance(item, (int, float)):
        return item == parse_number(expected)
    return bool(item == expected)


def _starts(actual: Any, expected: Any) -> bool:
    return bool(actual) and _text("start with", actual).startswith(to_text(expected))


def _ends(actual: Any, expected: Any) -> bool:
    return bool(actual) and _text("end with", actual).endswith(to_text(expected))


def _is(actual: Any, expected: Any) -> bool:
    if actual is None:
        return False
    if isinstance(actual, bool):
        return actual is parse_bool(expected)
    if isinstance(actual, (int, float)):
        return actual == parse_number(expected)
    return _text("is", actual) == to_text(expected)


def _is_not(actual: Any, expected: Any) -> bool:
    return actual is not None and not _is(actual, expected)


def _in(actual: Any, expected: Any) -> bool:
    if not actual and actual != 0:
        return False
    return any(_same(actual, item) for item in _list("in", expected))


def _not_in(actual: Any, expected: Any) -> bool:
    return not _in(actual, expected)


def _all_of(actual: Any, expected: Any) -> bool:
    members = _list("all of", expected)
    return bool(actual) and all(_contains(actual, member) for member in members)


def _equal(actual: Any, expected: Any) -> bool:
    if actual is None:
        return False
    left, right = parse_number(actual), parse_number(expected)
    return left == right if left is not None and right is not None else to_text(actual) == to_text(expected)


def _not_equal(actual: Any, expected: Any) -> bool:
    return actual is not None and not _equal(actual, expected)


def _ordered(operator: str, compare: Callable[[float, float], bool]) -> Callable[[Any, Any], bool]:
    def check(actual: Any, expected: Any) -> bool:
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
        try:
            parsed = json.loads(expected)
        except ValueError:
            return [part.strip() for part in expected.split(",")]
        return parsed if isinstance(parsed, list) else [expected]
    raise _wrong(operator, expected, "a list to compare with")


def _text(operator: str, value: Any) -> str:
    if isinstance(value, (list, dict)):
        raise _wrong(operator, value, "a text")
    return to_text(value)


def _wrong(operator: str, value: Any, wanted: str) -> NodeError:
    shown = to_text(value)[:60] or type(value).__name__
    return NodeError("condition_type", f"The operator “{operator}” needs {wanted}, and got “{shown}”.", retryable=False)


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "contains": _contains,
    "not contains": lambda actual, expected: not _contains(actual, expected),
    "start with": _starts,
    "end with": _ends,
    "is": _is,
    "is not": _is_not,
    "empty": lambda actual, _: not actual,
    "not empty": lambda actual, _: bool(actual),
    "in": _in,
    "not in": _not_in,
    "all of": _all_of,
    "=": _equal,
    "≠": _not_equal,
    ">": _ordered(">", lambda a, b: a > b),
    "<": _ordered("<", lambda a, b: a < b),
    "≥": _ordered("≥", lambda a, b: a >= b),
    "≤": _ordered("≤", lambda a, b: a <= b),
    "null": lambda actual, _: actual is None,
    "not null": lambda actual, _: actual is not None,
    "exists": lambda actual, _: actual is not None,
    "not exists": lambda actual, _: actual is None,
}
