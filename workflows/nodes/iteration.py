"""Iteration: runs its body once for each element of a list, one after another or several at once.

Knows which value of the body is collected; how frames are opened and failures are taken, `workflows.rounds` knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from workflows.containers import Work
from workflows.kinds import NodeType, Output, Result, Step
from workflows.nodes.fields import NodeConfig, Selector, widget
from workflows.rounds import EachOf
from workflows.scope import Scope
from workflows.template import Pool, Ref


class Config(NodeConfig):
    """What to work through, and what to collect."""

    items: Selector = Field(default=[], description="The list; its elements are `item` inside.")
    output: Selector = Field(
        default=[],
        description="The value inside that is collected from each element.",
        json_schema_extra=widget("selector", inside=True),
    )
    parallel: int = Field(
        default=1, ge=1, le=100, description="How many elements at once.", json_schema_extra=widget("number")
    )
    on_error: Literal["stop", "null", "drop"] = Field(
        default="stop",
        description="What a failed element does: end the iteration, leave null, or be left out.",
        json_schema_extra=widget("select"),
    )
    flatten: bool = Field(
        default=False,
        description="When every result is a list, join them into one.",
        json_schema_extra=widget("switch"),
    )


class Iteration(NodeType[Config]):
    """See the module."""

    kind = "iteration"
    family = "logic"
    config = Config
    outputs = (Output("output", "array[any]"),)
    container = True

    def inner_of(self, config: Config) -> Mapping[str, str]:
        return {"item": "any", "index": "number"}

    def build(self, config: Config, scope: Scope) -> Step:
        items = scope.ref(config.items, "items")
        return Step(container=_Iteration(items, config, scope))


class _Iteration(EachOf):
    def __init__(self, items: Ref, config: Config, scope: Scope) -> None:
        inside = scope.end_of_body()
        super().__init__(items, inside.level.id, config.parallel, config.on_error)
        self._output = inside.ref(config.output, "output")
        self._flatten = config.flatten

    def output(self, pool: Pool, work: Work) -> Any:
        return self._output.get_or_none(pool)

    def result(self, work: Work) -> Result:
        values = self.values(work)
        if self._flatten and all(value is None or isinstance(value, list) for value in values):
            values = [item for value in values if value is not None for item in value]
        return Result({"output": values}, work.inputs, facts=self.facts(work))


NODE = Iteration()
