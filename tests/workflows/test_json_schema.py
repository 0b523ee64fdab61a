from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.json_schema import fitted, mismatch, problem_of

SCHEMA = {
    "type": "object",
    "required": ["a"],
    "additionalProperties": False,
    "properties": {
        "a": {"type": "number", "minimum": 0},
        "b": {"type": "array", "items": {"type": "string", "pattern": "^x"}},
        "c": {"$ref": "#/definitions/c"},
    },
    "definitions": {"c": {"enum": [1, "two"]}},
}


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"a": 1, "b": ["x"], "c": "two"}, None),
        ({}, "it: 'a' is a required property"),
        ({"a": "1"}, "it.a: '1' is not of type 'number'"),
        ({"a": -1}, "it.a: -1 is less than the minimum of 0"),
        ({"a": 1, "b": ["x", "y"]}, "it.b[1]: 'y' does not match '^x'"),
        ({"a": 1, "c": 2}, "it.c: 2 is not one of [1, 'two']"),
        ({"a": True}, "it.a: True is not of type 'number'"),
        ([], "it: [] is not of type 'object'"),
    ],
)
def test_what_does_not_fit_is_said(value: Any, problem: str | None) -> None:
    assert mismatch(value, SCHEMA) == problem


def _unfolding() -> dict[str, Any]:
    steps: dict[str, Any] = {f"a{i}": {"allOf": [{"$ref": f"#/definitions/a{i + 1}"}] * 2} for i in range(40)}
    return {"definitions": {**steps, "a40": {"type": "string"}}, "$ref": "#/definitions/a0"}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "objekt"},
        {"minimum": "a"},
        {"pattern": "("},
        {"pattern": "x" * 3000},
        {"$ref": "#"},
        {"$ref": "http://127.0.0.1:1/schema.json"},
        {"$ref": "#/nowhere"},
        {"pattern": "^(a|aa)+$"},
        {"patternProperties": {"^(a|aa)+$": {"type": "string"}}, "required": ["zz"]},
        _unfolding(),
        [],
        None,
        "text",
    ],
)
def test_a_hostile_schema_fits_nothing_and_ends_soon(schema: Any) -> None:
    began = time.thread_time()

    problem = mismatch(
        {"a" * 60 + "!": 1} if isinstance(schema, dict) and "patternProperties" in schema else "b", schema
    )

    assert problem is not None
    assert time.thread_time() - began < 3


def test_a_pattern_that_takes_too_long_is_given_up() -> None:
    began = time.thread_time()

    problem = mismatch("a" * 5000 + "!", {"type": "string", "pattern": "^(a|b|ab)*(a|b|ab)*(a|b|ab)*c$"})

    assert problem is not None
    assert time.thread_time() - began < 3


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        (SCHEMA, None),
        ({"type": "objekt"}, "the schema.type: 'objekt' is not valid under any of the given schemas"),
        ({"$schema": "https://json-schema.org/draft/2020-12/schema", "prefixItems": [{"type": "string"}]}, None),
    ],
)
def test_schemas_are_checked(schema: Any, problem: str | None) -> None:
    assert problem_of(schema) == problem


@pytest.mark.parametrize(
    ("value", "made"),
    [
        ({"a": "3", "b": '["x"]'}, {"a": 3, "b": ["x"]}),
        ({"a": "many"}, {"a": "many"}),
        ('{"a": 1}', {"a": 1}),
        ({"a": 1, "new": "1"}, {"a": 1, "new": "1"}),
    ],
)
def test_texts_become_what_is_wanted(value: Any, made: Any) -> None:
    assert fitted(value, SCHEMA) == made


@pytest.mark.parametrize(
    ("value", "kind", "made"),
    [
        ("2.0", "integer", 2), (2.0, "integer", 2), ("2.5", "integer", "2.5"), ("yes", "boolean", True),
        (5, "string", "5"), (True, "string", True), ("x", "object", "x"), (float("inf"), "integer", float("inf")),
    ],
)  # fmt: skip
def test_one_value_becomes_another(value: Any, kind: str, made: Any) -> None:
    assert fitted(value, {"type": kind}) == made


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
_SCHEMAS = st.dictionaries(
    st.sampled_from(
        ["type", "properties", "items", "required", "enum", "anyOf", "$ref", "pattern", "minimum", "$schema"]
    ),
    _JSON | st.sampled_from(["string", "object", "#", "("]),
    max_size=4,
)


@given(_JSON, _SCHEMAS | _JSON)
def test_nothing_raises(value: Any, schema: Any) -> None:
    problem_of(schema)
    mismatch(value, schema)
    fitted(value, schema)
