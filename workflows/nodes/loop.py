"""Loop: runs its body again and again until a condition holds, a loop-end is reached, or the rounds are used up.

Knows its variables and when to stop. The variables are shared by all rounds; nodes inside write them, and they are
the loop's outputs.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic import Field

from workflows.assign import fits, zero
from workflows.containers import Container, Opening, Work
from workflows.context import Context
from workflows.errors import NodeError, WorkflowError
from workflows.kinds import NodeType, Output, Result, Step
from workflows.nodes.conditions import Condition, Logical, compile_group
from workflows.nodes.fields import Identifier, NodeConfig, duplicates, widget
from workflows.scope import Scope
from workflows.template import Pool
from workflows.values import MISSING

VariableType = Literal[
    "string", "number", "boolean", "object",
    "array[string]", "array[number]", "array[boolean]", "array[object]", "array[any]", "any",
]  # fmt: skip


class Variable(NodeConfig):
    """One variable of the loop and what it begins with: a constant, or the value `value` selects."""

    name: Identifier
    type: VariableType = Field(default="string", json_schema_extra=widget("select"))
    source: Literal["constant", "variable"] = Field(default="constant", json_schema_extra=widget("select"))
    value: Any = None


class Break(NodeConfig):
    """Conditions that end the loop, looked at before the first round and after each one."""

    logical: Logical = "and"
    conditions: list[Condition] = []


class Config(NodeConfig):
    """How often, with which variables, and until when."""

    max_rounds: int = Field(
        default=10, ge=1, le=1000, description="After so many rounds it ends.", json_schema_extra=widget("number")
    )
    variables: list[Variable] = Field(
        default=[],
        description="Nodes inside read and write them; afterwards they are outputs.",
        json_schema_extra=widget("loop-variables"),
    )
    break_when: Break | None = Field(
        default=None,
        alias="break",
        description="When this holds, no further round begins.",
        json_schema_extra=widget("conditions", inside=True),
    )


class Loop(NodeType[Config]):
    """See the module."""

    kind = "loop"
    family = "logic"
    config = Config
    outputs = (Output("loop_round", "number"),)
    outputs_from = "variables"
    container = True
    writable = True

    def inner_of(self, config: Config) -> Mapping[str, str]:
        return {variable.name: variable.type for variable in config.variables}

    def outputs_of(self, config: Config) -> dict[str, str] | None:
        return {**self.inner_of(config), "loop_round": "number"}

    def fresh(self) -> dict[str, Any]:
        return Config().model_dump(mode="json", by_alias=True)

    def build(self, config: Config, scope: Scope) -> Step:
        for name in duplicates(variable.name for variable in config.variables):
            scope.soft_fault("name_duplicate", f"Two loop variables are called {name!r}.", "variables")
        return Step(container=_Loop(config, scope))


Read = Callable[[Context], Any]


class _Loop(Container):
    def __init__(self, config: Config, scope: Scope) -> None:
        inside = scope.end_of_body()
        self.region = inside.level.id
        self.types = {variable.name: variable.type for variable in config.variables}
        self._max = config.max_rounds
        self._begin = {
            variable.name: _beginning(variable, scope, f"variables.{i}.value")
            for i, variable in enumerate(config.variables)
        }
        self._ends = inside.level.of_kind("loop-end")
        group = config.break_when
        # Without conditions nothing breaks the loop; a group without any would always hold.
        self._broken = (
            compile_group(group.logical, group.conditions, inside, "break.conditions")
            if group is not None and group.conditions
            else None
        )
        self._size = len(inside.level.nodes)

    def open(self, ctx: Context) -> Opening:
        return Opening({name: read(ctx) for name, read in self._begin.items()})

    def shared(self, inputs: dict[str, Any]) -> dict[str, Any]:
        return copy.copy(inputs)

    def wants_frame(self, work: Work, pool: Pool) -> bool:
        if work.errors or work.opened >= self._max:
            return False
        if work.opened:
            return not work.outputs[work.opened - 1]["broken"]
        return not self._broken_before(pool, work)

    def _broken_before(self, pool: Pool, work: Work) -> bool:
        """Before round 1 the body's values are missing; a condition that cannot be told does not hold."""
        try:
            return self._holds(pool.inside(self._size, work.shared))
        except WorkflowError:
            return False

    def _holds(self, pool: Pool) -> bool:
        return self._broken is not None and self._broken(pool, {})

    def output(self, pool: Pool, work: Work) -> Any:
        # The variables follow from the nodes' writes; told again each round, they would grow the log by a square.
        ended = any(pool[i] is not None for i in self._ends)
        return {"broken": ended or self._holds(pool)}

    def result(self, work: Work) -> Result:
        if work.errors:
            index, error = next(iter(work.errors.items()))
            where = f" at node {error.node_id!r}" if error.node_id else ""
            raise NodeError(error.code, f"Round {index + 1} failed{where}: {error.message}", inputs=work.inputs)
        broken = work.opened == 0 or work.outputs[work.opened - 1]["broken"]
        facts = {"rounds": work.opened, "ended_by": "break" if broken else "max_rounds"}
        return Result({**(work.shared or {}), "loop_round": work.opened}, work.inputs, facts=facts)


def _beginning(variable: Variable, scope: Scope, field: str) -> Read:
    if variable.source == "variable":
        ref = scope.ref([str(part) for part in variable.value] if isinstance(variable.value, list) else [], field)

        def read(ctx: Context) -> Any:
            value = ref.get(ctx.pool)
            return zero(variable.type) if value is MISSING else value

        return read
    value = _constant(variable)
    if not fits(value, variable.type):
        scope.soft_fault("constant_type", f"{variable.value!r} is no value of type {variable.type}.", field)
    return lambda ctx: copy.deepcopy(value)


def _constant(variable: Variable) -> Any:
    """The constant; text that stands for a value of another type is read as JSON, as Dify's files need."""
    value = variable.value
    if value is None or (value == "" and variable.type != "string"):
        return zero(variable.type)
    if isinstance(value, str) and not fits(value, variable.type):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


NODE = Loop()
