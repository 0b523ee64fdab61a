"""Assigner: changes conversation variables, and the variables of a loop around it.

Knows which variable, which operation and which value; what an operation makes of a variable is `workflows.assign`, and
writing it down is the engine's business.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from workflows.assign import WITHOUT_OPERAND, AssignError, Operation, assign, zero
from workflows.context import Context
from workflows.errors import NodeError
from workflows.events import Write
from workflows.kinds import NodeType, Result, Step
from workflows.nodes.fields import NodeConfig, Selector, widget
from workflows.scope import Scope
from workflows.template import Pool, Ref
from workflows.values import MISSING, dig


class Assignment(NodeConfig):
    """A variable, and what happens to it."""

    target: Selector = Field(default=[], description="A conversation variable, or a variable of the loop around.")
    operation: Operation = Field(
        default="over-write",
        description="What happens to it. “replace” takes a value of any type, “over-write” of the variable's only.",
        json_schema_extra=widget("select"),
    )
    source: Literal["variable", "constant"] = Field(
        default="variable",
        description="Whether the value comes from the graph or is written here.",
        json_schema_extra=widget("select"),
    )
    value: Any = Field(default=None, description="The value, or where it comes from.")


class Config(NodeConfig):
    """The assignments, made in order; when one cannot be made, none is."""

    items: list[Assignment] = Field(default=[], json_schema_extra=widget("assignments"))


Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """An assignment ready to run. `type` is None when its target cannot be written."""

    key: Key
    operation: str
    type: str | None
    now: Ref | None
    operand: Callable[[Pool, dict[Key, Any]], Any]
    field: str


class Assigner(NodeType[Config]):
    """See the module."""

    kind = "assigner"
    family = "logic"
    config = Config

    def build(self, config: Config, scope: Scope) -> Step:
        if not config.items:
            scope.soft_fault("assignments_empty", "Nothing is assigned.", "items")
        items = [_compile(item, scope, f"items.{i}") for i, item in enumerate(config.items)]

        def run(ctx: Context) -> Result:
            written: dict[Key, Any] = {}
            writes: list[Write] = []
            inputs: dict[str, Any] = {}
            for item in items:
                operand = item.operand(ctx.pool, written)
                inputs[".".join(item.key)] = operand
                if operand is None and item.operation not in WITHOUT_OPERAND:
                    continue
                written[item.key] = _new_value(item, ctx.pool, written, operand)
                writes.append(Write(list(item.key), item.operation, operand))
            facts = {"updated": [".".join(key) for key in written]}
            return Result({}, inputs, facts=facts, writes=writes)

        return Step(inline=run, writes=[item.key for item in items])


def _compile(item: Assignment, scope: Scope, field: str) -> _Compiled:
    type = scope.target(item.target, f"{field}.target")
    key = (item.target[0], item.target[1]) if len(item.target) > 1 else ("", "")
    if len(item.target) > 2:
        message = f"A variable is written whole: leave out {'.'.join(item.target[2:])!r}."
        scope.soft_fault("target_not_writable", message, f"{field}.target")
        type = None
    now = scope.ref(item.target, f"{field}.target") if type is not None else None
    return _Compiled(key, item.operation, type, now, _operand(item, type, scope, f"{field}.value"), field)


def _operand(item: Assignment, type: str | None, scope: Scope, field: str) -> Callable[[Pool, dict[Key, Any]], Any]:
    """How to get the value; what this node itself wrote before counts already."""
    value = item.value
    if item.operation in WITHOUT_OPERAND:
        return lambda pool, written: None
    if item.source == "constant":
        if type is not None:
            try:
                assign(item.operation, zero(type), value, type)
            except AssignError as error:
                scope.soft_fault(error.code, error.message, field)
        return lambda pool, written: value
    selector = [str(part) for part in value] if isinstance(value, list) else []
    ref = scope.ref(selector, field)
    key, path = (selector[0], selector[1]) if len(selector) > 1 else ("", ""), selector[2:]

    def read(pool: Pool, written: dict[Key, Any]) -> Any:
        found = dig(written[key], path) if key in written else ref.get(pool)
        if found is MISSING:
            shown = ".".join(selector) or "nothing"
            message = f"There is no value at {shown!r} to assign: what makes it has not run."
            raise NodeError("assign_source_missing", message, field=field, retryable=False)
        return found

    return read


def _new_value(item: _Compiled, pool: Pool, written: dict[Key, Any], operand: Any) -> Any:
    if item.type is None or item.now is None:
        message = f"{'.'.join(item.key) or 'Nothing'} cannot be written from here."
        raise NodeError("target_not_writable", message, field=f"{item.field}.target", retryable=False)
    current = written[item.key] if item.key in written else item.now.get_or_none(pool)
    try:
        return assign(item.operation, current, operand, item.type)
    except AssignError as error:
        message = f"{'.'.join(item.key)}: {error.message}"
        raise NodeError(error.code, message, field=item.field, retryable=False) from error


NODE = Assigner()
