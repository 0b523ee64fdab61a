"""Assignments: the matrix of operations and types, refusals, and bounds on growth."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from workflows.assign import AssignError, assign, settle, zero
from workflows.values import MISSING

FILE = {"type": "document", "transfer_method": "remote_url", "url": "https://example.com/a.pdf", "filename": "a.pdf"}


@pytest.mark.parametrize(
    ("operation", "type", "current", "operand", "expected"),
    [
        ("set", "string", "old", "new", "new"),
        ("set", "number", 1, 2.5, 2.5),
        ("set", "boolean", False, True, True),
        ("set", "object", {}, '{"a": 1}', {"a": 1}),
        ("set", "object", {}, {"a": 1}, {"a": 1}),
        ("over-write", "string", "old", "new", "new"),
        ("over-write", "number", 1, 2, 2),
        ("over-write", "object", {"a": 1}, {}, {}),
        ("over-write", "file", None, FILE, FILE),
        ("over-write", "array[string]", ["a"], ["b", "c"], ["b", "c"]),
        ("over-write", "array[any]", [], [1, "a", None], [1, "a", None]),
        ("over-write", "any", 1, "now a text", "now a text"),
        ("replace", "number", 1, "a text", "a text"),
        ("replace", "string", "a", None, None),
        ("clear", "string", "a", None, ""),
        ("clear", "number", 5, None, 0),
        ("clear", "boolean", True, None, False),
        ("clear", "object", {"a": 1}, None, {}),
        ("clear", "array[number]", [1], None, []),
        ("clear", "file", FILE, None, None),
        ("+=", "number", 1, 2, 3),
        ("+=", "number", None, 2, 2),
        ("+=", "number", MISSING, 2, 2),
        ("+=", "number", 1, "2.5", 3.5),
        ("-=", "number", 1, 2, -1),
        ("*=", "number", 3, 2, 6),
        ("/=", "number", 3, 2, 1.5),
        ("+=", "number", 2**63 - 1, 1, float(2**63)),
        ("append", "array[string]", ["a"], "b", ["a", "b"]),
        ("append", "array[number]", None, 1, [1]),
        ("append", "array[boolean]", [], True, [True]),
        ("append", "array[object]", [{}], {"a": 1}, [{}, {"a": 1}]),
        ("append", "array[any]", [1], "b", [1, "b"]),
        ("append", "array[any]", [], ["b"], [["b"]]),
        ("append", "array[file]", [], FILE, [FILE]),
        ("extend", "array[string]", ["a"], ["b", "c"], ["a", "b", "c"]),
        ("extend", "array[any]", [], [1, "b"], [1, "b"]),
        ("extend", "array[string]", ["a"], [], ["a"]),
        ("remove-first", "array[string]", ["a", "b"], None, ["b"]),
        ("remove-last", "array[string]", ["a", "b"], None, ["a"]),
        ("remove-first", "array[any]", [], None, []),
        ("remove-last", "array[any]", None, None, []),
    ],
)
def test_an_operation_makes_the_new_value_and_leaves_the_old_one(
    operation: str, type: str, current: Any, operand: Any, expected: Any
) -> None:
    before = copy.deepcopy((None if current is MISSING else current, operand))
    result = assign(operation, current, operand, type)
    assert (result, result.__class__) == (expected, expected.__class__)
    assert (None if current is MISSING else current, operand) == before


@pytest.mark.parametrize(
    ("operation", "type", "current", "operand", "code"),
    [
        ("merge", "object", {}, {}, "assign_operation"),
        ("set", "array[string]", [], ["a"], "assign_operation"),
        ("set", "object", {}, "no json", "assign_operand"),
        ("set", "object", {}, "[1]", "assign_type"),
        ("set", "number", 1, True, "assign_type"),
        ("over-write", "string", "a", 1, "assign_type"),
        ("over-write", "number", 1, "2", "assign_type"),
        ("over-write", "number", 1, False, "assign_type"),
        ("over-write", "string", "a", None, "assign_type"),
        ("over-write", "array[number]", [1], [1, "2"], "assign_type"),
        ("over-write", "object", {}, [1], "assign_type"),
        ("over-write", "file", None, {"a": 1}, "assign_type"),
        ("+=", "string", "a", 1, "assign_operation"),
        ("+=", "boolean", True, 1, "assign_operation"),
        ("+=", "number", 1, "much", "assign_operand"),
        ("+=", "number", 1, None, "assign_operand"),
        ("+=", "number", 1, True, "assign_operand"),
        ("/=", "number", 1, 0, "assign_zero"),
        ("/=", "number", 1, "0.0", "assign_zero"),
        ("*=", "number", 1e308, 10, "assign_too_large"),
        ("*=", "number", 2**1000, 2**1000, "assign_too_large"),
        ("/=", "number", 2**2000, 1, "assign_too_large"),
        ("append", "string", "a", "b", "assign_operation"),
        ("append", "array[string]", ["a"], 1, "assign_type"),
        ("append", "array[number]", [], True, "assign_type"),
        ("extend", "array[string]", ["a"], "b", "assign_type"),
        ("extend", "array[string]", ["a"], ["b", 1], "assign_type"),
        ("extend", "number", 1, [1], "assign_operation"),
        ("remove-first", "object", {}, None, "assign_operation"),
    ],
)
def test_a_refusal_has_a_code_and_a_sentence(operation: str, type: str, current: Any, operand: Any, code: str) -> None:
    before = copy.deepcopy((current, operand))
    with pytest.raises(AssignError) as refused:
        assign(operation, current, operand, type)
    assert refused.value.code == code
    assert refused.value.message.endswith(".")
    assert (current, operand) == before
    assert settle(operation, current, operand, type) == (zero(type) if current is None else current)


def _grow(value: Any, rounds: int, step: Callable[[Any], Any]) -> str:
    """The sentence of the refusal that ends the growth."""
    try:
        for _ in range(rounds):
            value = step(value)
    except AssignError as error:
        return error.message
    return "never refused"


def test_growth_without_end_is_stopped() -> None:
    doubled = _grow(["x" * 1000], 64, lambda value: assign("extend", value, value, "array[any]"))
    nested = _grow([], 1000, lambda value: assign("append", value, value, "array[any]"))
    chained = _grow("x", 1000, lambda value: assign("append", [], value, "array[any]"))
    assert [doubled, nested] == ["The variable would hold more than about 4 MB."] * 2
    assert chained == "The variable would be nested more than 64 deep."
