"""Work on large values grows with their size and not with its square, and stops where it would take too long."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.workflows.builders import document, node
from workflows import load
from workflows.assign import AssignError, assign
from workflows.definition import MAX_NODES
from workflows.errors import DefinitionError
from workflows.expressions import holds
from workflows.json_schema import mismatch

WORDS = [str(i) for i in range(20_000)]


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    began = time.process_time()
    yield
    assert time.process_time() - began < 3


def test_lists_are_compared_by_looking_up() -> None:
    expected = json.dumps(WORDS)

    assert holds("all of", WORDS, expected)
    assert not holds("all of", WORDS[1:], expected)
    assert all(holds("in", word, expected) for word in WORDS)
    assert not holds("in", "x", expected)


@pytest.mark.parametrize(
    ("actual", "expected", "all_of"),
    [
        (["a", 1, True], '["a", 1, "true"]', True),
        (["a", 1], '["a", "1"]', True),
        (["1"], "[1]", False),
        (["a", {"k": 1}], '[{"k": 1}]', True),
        (["a"], "[null]", False),
        (["a", None], "[null]", True),
        (["a"], "[]", True),
        ([], "[]", False),
    ],
)
def test_members_of_other_types_are_found(actual: list[Any], expected: str, all_of: bool) -> None:
    assert holds("all of", actual, expected) is all_of


def test_appending_does_not_weigh_the_whole_each_time() -> None:
    value: Any = []
    for i in range(10_000):
        value = assign("append", value, f"item {i}", "array[string]")

    assert value == [f"item {i}" for i in range(10_000)]


def test_appending_ends_at_the_limit() -> None:
    value: Any = []
    refusal = None
    while refusal is None and len(value) < 10_000:
        try:
            value = assign("append", value, "x" * 3_000, "array[string]")
        except AssignError as error:
            refusal = error.code

    assert refusal == "assign_too_large"
    assert len(value) <= 4 * 1024 * 1024 // 3_000 + 64


@pytest.mark.parametrize(
    ("items", "fits"),
    [
        ([{"a": i} for i in range(5_000)], True),
        ([*WORDS, "7"], False),
        ([1, True, "1", [1], {"a": 1}], True),
        ([1, 1.0], False),
        ([{"a": [1, 2]}, {"a": [1.0, 2]}], False),
    ],
)
def test_elements_are_told_apart(items: list[Any], fits: bool) -> None:
    problem = mismatch(items, {"type": "array", "uniqueItems": True})

    assert problem == (None if fits else "it: it has the same element twice")


def test_a_schema_asks_only_so_much_of_a_value() -> None:
    schema: dict[str, Any] = {"items": {"enum": WORDS}}

    assert mismatch(["1"] * 5, schema) is None
    assert "too much to check" in str(mismatch(["1"] * 20_000, schema))
    assert "too much to check" in str(mismatch([[1] * 500] * 500, {"items": {"items": {"type": "number"}}}))


def test_a_document_has_only_so_many_nodes() -> None:
    nodes = [node("note", f"n{i}") for i in range(MAX_NODES + 1)]

    with pytest.raises(DefinitionError) as raised:
        load(document(*nodes, edges=[]))

    assert [(fault.code, fault.field) for fault in raised.value.faults] == [("document_too_large", "nodes")]
    assert "10,001 nodes, and 10,000 is the most" in raised.value.message
