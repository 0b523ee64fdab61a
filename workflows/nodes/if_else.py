"""If-else: takes the way of the first case whose conditions hold, else the way `false`.

Knows cases; the operators are `workflows.expressions`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import Field

from workflows.context import Context
from workflows.expressions import NEGATED, Operator, holds
from workflows.kinds import NodeType, Output, Result, Step
from workflows.nodes.fields import NodeConfig, Selector, duplicates, widget
from workflows.scope import Scope
from workflows.template import Ref
from workflows.values import dig


class SubCondition(NodeConfig):
    """A condition on one attribute of the files in a list."""

    key: str
    operator: Operator
    value: Any = None


class SubConditions(NodeConfig):
    """Conditions on the files in a list."""

    logical: Literal["and", "or"] = "and"
    conditions: list[SubCondition] = []


class Condition(NodeConfig):
    """A value, an operator and what it is compared with (a template, a list or a switch)."""

    selector: Selector = []
    operator: Operator = "contains"
    value: Annotated[str | bool | int | float | list[str] | None, Field(json_schema_extra=widget("template"))] = ""
    files: SubConditions | None = None


class Case(NodeConfig):
    """One way out and when it is taken. Its id is the handle of the edge."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] = "true"
    logical: Literal["and", "or"] = Field(default="and", json_schema_extra=widget("select"))
    conditions: list[Condition] = []


class Config(NodeConfig):
    """The cases, tried in order."""

    cases: list[Case] = Field(default=[], json_schema_extra=widget("conditions"))


class IfElse(NodeType[Config]):
    """See the module."""

    kind = "if-else"
    family = "logic"
    config = Config
    outputs = (Output("result", "boolean"), Output("selected_case_id", "string"))
    handles = "cases"

    def handles_of(self, config: Config) -> tuple[str, ...] | None:
        return (*(case.id for case in config.cases), "false")

    def fresh(self) -> dict[str, Any]:
        return {"cases": [Case(conditions=[Condition()]).model_dump(mode="json")]}

    def build(self, config: Config, scope: Scope) -> Step:
        _check_ids(config, scope)
        cases = [(case.id, _compile_case(case, scope, f"cases.{i}")) for i, case in enumerate(config.cases)]

        def run(ctx: Context) -> Result:
            seen: dict[str, Any] = {}
            for case_id, test in cases:
                if test(ctx, seen):
                    return Result({"result": True, "selected_case_id": case_id}, seen, case_id)
            return Result({"result": False, "selected_case_id": "false"}, seen, "false")

        return Step(inline=run)


Test = Callable[[Context, dict[str, Any]], bool]


def _check_ids(config: Config, scope: Scope) -> None:
    if not config.cases:
        scope.fault("cases_empty", "There is no case to decide by.", "cases", "warning")
    for case_id in duplicates([*(case.id for case in config.cases), "false"]):
        scope.fault("name_duplicate", f"Two cases have the id {case_id!r}.", "cases")


def _compile_case(case: Case, scope: Scope, field: str) -> Test:
    tests = [_compile(condition, scope, f"{field}.conditions.{i}") for i, condition in enumerate(case.conditions)]
    join = all if case.logical == "and" else any

    def test(ctx: Context, seen: dict[str, Any]) -> bool:
        return join(one(ctx, seen) for one in tests)

    return test


def _compile(condition: Condition, scope: Scope, field: str) -> Test:
    ref = scope.ref(condition.selector, f"{field}.selector")
    label = ".".join(condition.selector)
    operator = condition.operator
    if condition.files is not None:
        return _compile_files(ref, condition.files, operator)
    expected = _compile_value(condition.value, scope, f"{field}.value")

    def test(ctx: Context, seen: dict[str, Any]) -> bool:
        actual = ref.get_or_none(ctx.pool)
        seen[label] = actual
        return holds(operator, actual, expected(ctx))

    return test


def _compile_value(value: Any, scope: Scope, field: str) -> Callable[[Context], Any]:
    if isinstance(value, list):
        items = [_compile_value(item, scope, field) for item in value]
        return lambda ctx: [item(ctx) for item in items]
    if isinstance(value, str) and "{{#" in value:
        template = scope.template(value, field)
        return lambda ctx: template.render(ctx.pool)
    return lambda ctx: value


def _compile_files(ref: Ref, group: SubConditions, operator: Operator) -> Test:
    """Conditions on the files of a list: “not” operators must hold for every file, the others for one."""
    join = all if group.logical == "and" else any

    def holds_for(condition: SubCondition, files: list[Any]) -> bool:
        results = (holds(condition.operator, dig(file, [condition.key]), condition.value) for file in files)
        return all(results) if condition.operator in NEGATED or operator == "all of" else any(results)

    def test(ctx: Context, seen: dict[str, Any]) -> bool:
        value = ref.get_or_none(ctx.pool)
        files = value if isinstance(value, list) else [value] if value else []
        found = join(holds_for(condition, files) for condition in group.conditions)
        return not found if operator == "not contains" else found

    return test


NODE = IfElse()
