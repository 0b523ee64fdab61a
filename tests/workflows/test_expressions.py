"""The operators of conditions, with nulls, numbers written as text, and lists; alike and unlike in the two dialects."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from workflows.errors import NodeError
from workflows.expressions import Operator, holds
from workflows.values import MISSING

FILE = {"type": "document", "transfer_method": "local_file", "filename": "a.pdf"}
TABLE: list[tuple[str, Any, Any, bool]] = [
    ("contains", "hello", "ell", True),
    ("contains", "hello", "", True),
    ("contains", "", "x", False),
    ("contains", "a5", 5, True),
    ("contains", [True], "true", True),
    ("contains", [True], "1", True),
    ("contains", [True, False], False, True),
    ("contains", ["a"], "b", False),
    ("contains", ["ab"], "a", False),
    ("contains", [], "a", False),
    ("contains", [1], True, False),
    ("not contains", "hello", "ell", False),
    ("not contains", [], "x", True),
    ("not contains", ["x"], "x", False),
    ("start with", "hello", "he", True),
    ("start with", "hello", "lo", False),
    ("start with", 5.5, "5", True),
    ("end with", "hello", "lo", True),
    ("end with", "hello", "he", False),
    ("is", "a", "a", True),
    ("is", "a", "A", False),
    ("is", "", "", True),
    ("is", True, "1", True),
    ("is", True, "true", True),
    ("is", False, "false", True),
    ("is", True, "yes, surely", False),
    ("is", 5, "5", True),
    ("is", 5, "5.0", True),
    ("is", 0, "", False),
    ("is", 1, True, False),
    ("is not", "a", "b", True),
    ("is not", "a", "a", False),
    ("is not", True, False, True),
    ("empty", "", None, True),
    ("empty", 0, None, True),
    ("empty", False, None, True),
    ("empty", [], None, True),
    ("empty", {}, None, True),
    ("empty", " ", None, False),
    ("empty", FILE, None, False),
    ("not empty", "x", None, True),
    ("not empty", 0, None, False),
    ("in", "a", ["a", "b"], True),
    ("in", "c", ["a", "b"], False),
    ("in", 2, "[1, 2]", True),
    ("in", "b", "a, b", True),
    ("in", "b", "b", True),
    ("in", "", ["a", ""], False),
    ("in", True, ["true"], True),
    ("in", False, [False], False),
    ("not in", "", ["a"], True),
    ("not in", "a", ["a"], False),
    ("not in", "a", [], True),
    ("all of", ["a", "b", "c"], ["a", "b"], True),
    ("all of", ["a"], ["a", "b"], False),
    ("all of", ["a"], [], True),
    ("all of", [], ["a"], False),
    ("all of", [True, False], ["true", "false"], True),
    ("all of", "a and b", ["a", "b"], True),
    ("=", 1, "1.5", False),
    ("=", 1, "1", True),
    ("=", 1.5, "1.5", True),
    ("=", "2", "2.0", True),
    ("=", "abc", "abc", True),
    ("=", True, "true", True),
    ("=", True, "1", True),
    ("=", 0, "", False),
    ("=", 12, "1_2", False),
    ("≠", 1, "2", True),
    ("≠", 1, "1.0", False),
    ("≠", "a", "1", True),
    (">", 3, "2", True),
    (">", 2, "2", False),
    (">", 2.5, 2, True),
    ("<", "1", "2.5", True),
    ("<", -1, "0", True),
    ("≥", 2, "2", True),
    ("≥", 1.9, "2", False),
    ("≤", 2, "1", False),
    ("≤", 1, "1", True),
    ("null", 0, None, False),
    ("null", "", None, False),
    ("not null", 0, None, True),
    ("not null", "", None, True),
    ("exists", FILE, None, True),
    ("exists", "", None, True),
    ("not exists", {}, None, False),
]
OF_NOTHING = {
    "contains": False, "not contains": True, "start with": False, "end with": False, "is": False, "is not": False,
    "empty": True, "not empty": False, "in": False, "not in": True, "all of": False, "=": False, "≠": False,
    ">": False, "<": False, "≥": False, "≤": False, "null": True, "not null": False, "exists": False,
    "not exists": True,
}  # fmt: skip
UNLIKE: list[tuple[str, Any, Any, bool, bool]] = [
    ("contains", [1, 2], "2", True, False),
    ("contains", [1, 2], 2, True, True),
    ("contains", "is True", True, False, True),
    ("all of", [1, 2], ["1", "2"], True, False),
    ("in", 0, ["0"], True, False),
    ("not in", 0, ["0"], False, True),
    ("in", 1, ["1"], True, True),
]


@pytest.mark.parametrize("dialect", ["weft", "dify"])
@pytest.mark.parametrize(("operator", "actual", "expected", "result"), TABLE)
def test_an_operator(operator: str, actual: Any, expected: Any, result: bool, dialect: Any) -> None:
    assert holds(operator, actual, expected, dialect) is result


@pytest.mark.parametrize("dialect", ["weft", "dify"])
@pytest.mark.parametrize("nothing", [None, MISSING])
@pytest.mark.parametrize(("operator", "result"), OF_NOTHING.items())
def test_what_is_not_there_never_fails(operator: str, result: bool, nothing: Any, dialect: Any) -> None:
    assert holds(operator, nothing, "x", dialect) is result


def test_every_operator_is_in_the_tables() -> None:
    operators = set(get_args(Operator))
    assert set(OF_NOTHING) == operators
    assert {row[0] for row in TABLE} == operators


@pytest.mark.parametrize(("operator", "actual", "expected", "weft", "dify"), UNLIKE)
def test_where_dify_answers_otherwise_its_files_get_its_answer(
    operator: str, actual: Any, expected: Any, weft: bool, dify: bool
) -> None:
    assert (holds(operator, actual, expected), holds(operator, actual, expected, "dify")) == (weft, dify)


@pytest.mark.parametrize(
    ("operator", "actual", "expected"),
    [
        ("contains", 5, "5"),
        ("not contains", {"a": 1}, "a"),
        ("start with", [1], "1"),
        ("end with", {"a": 1}, "1"),
        (">", "abc", "1"),
        ("<", [1], "1"),
        ("≥", 1, "abc"),
        ("≤", 1, None),
        ("in", "a", 5),
        ("all of", ["a"], 5),
        ("is", {"a": 1}, "x"),
    ],
)
def test_a_senseless_comparison_says_so(operator: str, actual: Any, expected: Any) -> None:
    with pytest.raises(NodeError) as raised:
        holds(operator, actual, expected)

    assert raised.value.code == "condition_type"
    assert operator.removeprefix("not ") in raised.value.message
