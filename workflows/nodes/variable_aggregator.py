"""Variable aggregator: the first of several values that exists; joins branches of which one ran.

Knows selectors; knows nothing of which branch was taken.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from workflows.context import Context
from workflows.kinds import NodeType, Output, Result, Step
from workflows.nodes.fields import Identifier, NodeConfig, duplicates, widget
from workflows.scope import Scope
from workflows.template import Ref
from workflows.values import MISSING

Selectors = Annotated[list[list[str]], Field(json_schema_extra=widget("selectors"))]
ValueType = Annotated[str, Field(json_schema_extra=widget("select"))]


class Group(NodeConfig):
    """Values of which the first that exists becomes the output `name`."""

    name: Identifier = Field(description="The output's name; its value is at `output` below it.")
    selectors: Selectors = Field(default=[], description="The values, in order of preference.")
    output_type: ValueType = Field(default="any", description="What the values are.")


class Config(NodeConfig):
    """Which values, in order of preference. With `groups`, each group gives one output instead."""

    selectors: Selectors = Field(default=[], description="The values, in order of preference.")
    output_type: ValueType = Field(default="any", description="What the values are.")
    groups: list[Group] | None = Field(default=None, description="Several outputs, each with values of its own.")


class VariableAggregator(NodeType[Config]):
    """See the module."""

    kind = "variable-aggregator"
    family = "logic"
    config = Config
    outputs = (Output("output", "any"),)

    def outputs_of(self, config: Config) -> dict[str, str] | None:
        if config.groups is None:
            return {"output": config.output_type}
        return {group.name: "object" for group in config.groups}

    def build(self, config: Config, scope: Scope) -> Step:
        if config.groups is not None:
            return _grouped(config.groups, scope)
        if not config.selectors:
            scope.soft_fault("reference_empty", "No value is chosen to aggregate.", "selectors")
        refs = _refs(config.selectors, scope, "selectors")

        def run(ctx: Context) -> Result:
            value = _first(refs, ctx)
            return Result({} if value is MISSING else {"output": value})

        return Step(inline=run)


def _grouped(groups: list[Group], scope: Scope) -> Step:
    for name in duplicates(group.name for group in groups):
        scope.soft_fault("name_duplicate", f"Two groups are called {name!r}.", "groups")
    compiled = [(group.name, _refs(group.selectors, scope, f"groups.{i}.selectors")) for i, group in enumerate(groups)]

    def run(ctx: Context) -> Result:
        values = {name: _first(refs, ctx) for name, refs in compiled}
        return Result({name: {"output": value} for name, value in values.items() if value is not MISSING})

    return Step(inline=run)


def _refs(selectors: list[list[str]], scope: Scope, field: str) -> list[Ref]:
    return [scope.ref(selector, f"{field}.{i}") for i, selector in enumerate(selectors)]


def _first(refs: list[Ref], ctx: Context) -> Any:
    for ref in refs:
        value = ref.get(ctx.pool)
        if value is not MISSING:
            return value
    return MISSING


NODE = VariableAggregator()
