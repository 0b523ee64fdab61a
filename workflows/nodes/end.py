"""End: names the outputs of a workflow. Several may run; their outputs are joined.

Knows selectors; knows nothing of the run's other nodes.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from workflows.context import Context
from workflows.kinds import NodeType, Result, Step
from workflows.nodes.fields import InputRow, NodeConfig, duplicates, widget
from workflows.scope import Scope


class OutputRow(InputRow):
    """A value the run gives back. Nothing inside the graph refers to its name, so that may be any text."""

    name: Annotated[str, Field(min_length=1, max_length=128, description="How the value is called outside.")]


class Config(NodeConfig):
    """What the run gives back."""

    outputs: list[OutputRow] = Field(default=[], json_schema_extra=widget("inputs"))


class End(NodeType[Config]):
    """See the module."""

    kind = "end"
    family = "io"
    config = Config
    outputs_from = "outputs"
    handles = "none"
    modes = ("workflow",)

    def outputs_of(self, config: Config) -> dict[str, str] | None:
        return {row.name: "any" for row in config.outputs}

    def build(self, config: Config, scope: Scope) -> Step:
        for name in duplicates(row.name for row in config.outputs):
            scope.fault("name_duplicate", f"Two outputs are called {name!r}.", "outputs")
        rows = [(row.name, scope.ref(row.selector, f"outputs.{i}.selector")) for i, row in enumerate(config.outputs)]

        def run(ctx: Context) -> Result:
            pool = ctx.pool
            return Result({name: ref.get_or_none(pool) for name, ref in rows})

        return Step(inline=run)


NODE = End()
