"""Template: makes text from values with Jinja2.

Knows its template; knows nothing of the limits that `workflows.jinja` sets.
"""

from __future__ import annotations

import asyncio
from typing import Any

from pydantic import Field

from workflows.context import Context
from workflows.kinds import NodeType, Output, Result, Step
from workflows.nodes.fields import Inputs, NodeConfig, widget
from workflows.nodes.rows import input_refs, read_inputs
from workflows.scope import Scope


class Config(NodeConfig):
    """A Jinja2 template and the names it may use."""

    template: str = Field(default="", description="Jinja2, with the inputs by name.", json_schema_extra=widget("jinja"))
    inputs: Inputs = Field(default=[], description="The values that the template may use.")


class TemplateTransform(NodeType[Config]):
    """See the module."""

    kind = "template-transform"
    family = "code"
    config = Config
    outputs = (Output("output", "string"),)

    def build(self, config: Config, scope: Scope) -> Step:
        template = scope.jinja(config.template, "template", [row.name for row in config.inputs])
        rows = input_refs(config.inputs, scope)

        def result(values: dict[str, Any]) -> Result:
            return Result({"output": template.render(values)}, values)

        def run(ctx: Context) -> Result | None:
            values = read_inputs(rows, ctx)
            return None if template.is_slow_with(values) else result(values)

        async def run_in_thread(ctx: Context) -> Result:
            return await asyncio.to_thread(result, read_inputs(rows, ctx))

        return Step(inline=run if template.quick else None, task=run_in_thread)


NODE = TemplateTransform()
