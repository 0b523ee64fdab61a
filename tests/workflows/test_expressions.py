"""The operators of if-else, with nulls, numbers written as text, and lists."""

from __future__ import annotations

from typing import Any

import pytest

from workflows.errors import NodeError
from workflows.expressions import holds
from workflows.values import MISSING


@pytest.mark.parametrize(
    ("operator", "actual", "expected", "result"),
    [
        ("contains", "hello", "ell", True),
        ("contains", "", "x", False),
        ("contains", None, "x", False),
        ("contains", [1, 2], "2", True),
        ("contains", [True], "true", True),
        ("contains", ["a"], "b", False),
        ("not contains", None, "x", True),
        ("not contains", "hello", "ell", False),
        ("start with", "hello", "he", True),
        ("start with", None, "he", False),
        ("end with", "hello", "lo", True),
        ("is", "a", "a", True),
        ("is", None, "", False),
        ("is", True, "1", True),
        ("is", 5, "5", True),
        ("is not", None, "x", False),
        ("is not", "a", "b", True),
        ("empty", 0, None, True),
        ("empty", [], None, True),
        ("empty", MISSING, None, True),
        ("not empty", "x", None, True),
        ("in", "a", ["a", "b"], True),
        ("in", 2, "[1, 2]", True),
        ("in", "b", "a, b", True),
        ("in", "", ["a"], False),
        ("not in", "", ["a"], True),
        ("all of", ["a", "b", "c"], ["a", "b"], True),
        ("all of", [], ["a"], False),
        ("=", 1, "1.5", False),
        ("=", 1.5, "1.5", True),
        ("=", "2", "2.0", True),
        ("=", None, "0", False),
        ("≠", None, "0", False),
        ("≠", 1, "2", True),
        (">", 3, "2", True),
        (">", None, "2", False),
        ("<", "1", "2.5", True),
        ("≥", 2, "2", True),
        ("≤", 2, "1", False),
        ("null", None, None, True),
        ("not null", 0, None, True),
        ("exists", MISSING, None, False),
        ("not exists", {}, None, False),
    ],
)
def test_an_operator(operator: str, actual: Any, expected: Any, result: bool) -> None:
    assert holds(operator, actual, expected) is result


@pytest.mark.parametrize(
    ("operator", "actual", "expected"),
    [
        ("contains", 5, "5"),
        ("start with", [1], "1"),
        (">", "abc", "1"),
        (">", 1, "abc"),
        ("in", "a", 5),
        ("is", {"a": 1}, "x"),
    ],
)
def test_a_senseless_comparison_says_so(operator: str, actual: Any, expected: Any) -> None:
    with pytest.raises(NodeError) as raised:
        holds(operator, actual, expected)

    assert raised.value.code == "condition_type"
    assert operator in raised.value.message
