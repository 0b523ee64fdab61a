"""Conditions: what if-else, loops and list operators decide by. Not a node kind: it defines no `NODE`.

Knows how conditions are written and compiled; the operators are `workflows.expressions`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from workflows.errors import NodeError
from workflows.expressions import FOR_ALL, Operator, holds
from workflows.nodes.fields import NodeConfig, Selector, widget
from workflows.scope import Scope
from workflows.template import Pool
from workflows.values import Dialect, file_attribute, is_file

Expected = Annotated[
    str | bool | int | float | list[str | bool | int | float] | None, Field(json_schema_extra=widget("template"))
]
Logical = Annotated[Literal["and", "or"], Field(json_schema_extra=widget("select"))]


class SubCondition(NodeConfig):
    """A condition on one attribute of a file, or on an element itself where `key` is empty."""

    key: str = Field(
        default="", description="The attribute: name, size, type, extension, mime_type, transfer_method or url."
    )
    operator: Operator = Field(default="contains", json_schema_extra=widget("select"))
    value: Expected = Field(default="", description="What it is compared with; may contain references.")


class SubConditions(NodeConfig):
    """Conditions on the files in a list."""

    logical: Logical = Field(default="and", description="Whether all conditions must hold, or one.")
    conditions: list[SubCondition] = Field(default=[], description="What is asked of the files.")


class Condition(NodeConfig):
    """A value, an operator and what it is compared with (a template, a list or a switch)."""

    selector: Selector = Field(default=[], description="The value to look at.")
    operator: Operator = Field(default="contains", json_schema_extra=widget("select"))
    value: Expected = Field(default="", description="What it is compared with; may contain references.")
    sub: SubConditions | None = Field(default=None, description="For a list of files: conditions on the files.")


Seen = dict[str, Any]
Test = Callable[[Pool, Seen], bool]
"""Whether conditions hold now; what was looked at is noted in the second argument."""


def compile_group(logical: str, conditions: Sequence[Condition], scope: Scope, field: str) -> Test:
    """Compile conditions joined by `and` or `or`; they are tried in order and only as far as needed."""
    tests = [_compile(condition, scope, f"{field}.{i}") for i, condition in enumerate(conditions)]
    join = all if logical == "and" else any

    def test(pool: Pool, seen: Seen) -> bool:
        return join(one(pool, seen) for one in tests)

    return test


def _compile(condition: Condition, scope: Scope, field: str) -> Test:
    ref = scope.ref(condition.selector, f"{field}.selector")
    label = ".".join(condition.selector)
    operator, dialect = condition.operator, scope.dialect
    if condition.sub is not None:
        matches = compile_sub(condition.sub, scope, f"{field}.sub")
        if operator not in ("contains", "not contains", "all of"):
            message = f"Conditions on files go with “contains”, “not contains” and “all of”, not with “{operator}”."
            scope.soft_fault("condition_operator", message, f"{field}.operator")

        def test_files(pool: Pool, seen: Seen) -> bool:
            value = ref.get_or_none(pool)
            seen[label] = value
            return _files_hold(operator, value, matches(pool))

        return test_files
    expected = compile_value(condition.value, scope, f"{field}.value")

    def test(pool: Pool, seen: Seen) -> bool:
        actual = ref.get_or_none(pool)
        seen[label] = actual
        return holds(operator, actual, expected(pool), dialect)

    return test


def compile_value(value: Any, scope: Scope, field: str) -> Callable[[Pool], Any]:
    """What is compared with: references in texts are filled in, also within a list."""
    if isinstance(value, list):
        items = [compile_value(item, scope, field) for item in value]
        return lambda pool: [item(pool) for item in items]
    if isinstance(value, str) and "{{#" in value:
        return scope.template(value, field).render
    return lambda pool: value


FileTest = Callable[[list[Any], bool], bool]
"""Whether a list of files passes; the second argument demands it of every file."""


def compile_sub(group: SubConditions, scope: Scope, field: str) -> Callable[[Pool], FileTest]:
    """Compile conditions on the files of a list. “Not” operators must hold for every file, the others for one."""
    rows = [
        (one.key, one.operator, compile_value(one.value, scope, f"{field}.conditions.{i}.value"))
        for i, one in enumerate(group.conditions)
    ]
    join, dialect = all if group.logical == "and" else any, scope.dialect

    def prepare(pool: Pool) -> FileTest:
        ready = [(key, operator, expected(pool)) for key, operator, expected in rows]

        def passes(files: list[Any], every: bool) -> bool:
            def one(key: str, operator: str, expected: Any) -> bool:
                results = (element_holds(file, key, operator, expected, dialect) for file in files)
                return all(results) if every or operator in FOR_ALL else any(results)

            return join(one(*row) for row in ready)

        return passes

    return prepare


def element_holds(element: Any, key: str, operator: str, expected: Any, dialect: Dialect) -> bool:
    """Whether a condition holds for one element of a list: for the attribute `key` of a file, or for itself."""
    if not key:
        return holds(operator, element, expected, dialect)
    if not is_file(element):
        message = f"The condition looks at {key!r} of a file, and an element is none."
        raise NodeError("condition_type", message, retryable=False)
    actual = file_attribute(element, key)
    if key == "extension":
        actual = _dotted(actual)
        expected = [_dotted(item) for item in expected] if isinstance(expected, list) else _dotted(expected)
    return holds(operator, actual, expected, dialect)


def _dotted(extension: Any) -> Any:
    """`pdf` and `.PDF` mean the same."""
    if not isinstance(extension, str) or not extension:
        return extension
    return "." + extension.strip().lower().removeprefix(".")


def _files_hold(operator: str, value: Any, passes: FileTest) -> bool:
    files = value if isinstance(value, list) else [value] if value else []
    if operator == "all of":
        return bool(files) and passes(files, True)
    return passes(files, False) is not (operator == "not contains")
