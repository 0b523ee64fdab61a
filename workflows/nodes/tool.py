"""Tool: calls one tool, of the engine or of its host, and hands on what it gave.

Knows arguments and outputs; which tools there are is the registry's and the host's business.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from workflows.context import Context
from workflows.errors import NodeError, WorkflowError
from workflows.kinds import Effect, NodeType, Output, Result, Step
from workflows.nodes.fields import IDENTIFIER, Arguments, NodeConfig, widget
from workflows.ports import ToolResult
from workflows.scope import Scope
from workflows.tools import registry
from workflows.tools.offer import Offer
from workflows.values import clean

TOOL_TIMEOUT_S = 300.0
_OWN_OUTPUTS = ("text", "files", "json")


class Config(NodeConfig):
    """Which tool, and what it is given."""

    provider: str = Field(default="weft", description="Who keeps the tool: weft for those built in.")
    tool: str = Field(default="", description="The tool's name.", json_schema_extra=widget("tool"))
    arguments: Arguments = Field(default=[], description="What the tool is called with.")
    settings: dict[str, Any] = Field(default={}, description="What is set once for the tool, besides its arguments.")
    outputs: dict[Annotated[str, Field(pattern=IDENTIFIER)], str] = Field(
        default={},
        description="Further outputs, by name and type: variables the tool gives, or keys of its JSON.",
        json_schema_extra=widget("outputs"),
    )


class ToolNode(NodeType[Config]):
    """See the module."""

    kind = "tool"
    family = "tool"
    config = Config
    effect = "once"
    outputs = (Output("text", "string"), Output("files", "array[file]"), Output("json", "array[object]"))

    def effect_of(self, config: Config) -> Effect:
        tool = registry.find(config.provider, config.tool)
        if tool is None or any(each.name == "method" and each.mode != "constant" for each in config.arguments):
            return "once"
        constants = {each.name: each.value for each in config.arguments if each.mode == "constant"}
        return tool.effect_of({**config.settings, **constants})

    def outputs_of(self, config: Config) -> dict[str, str] | None:
        tool = registry.find(config.provider, config.tool)
        if tool is not None and tool.open_outputs:
            return None
        return {
            **config.outputs,
            **(tool.outputs if tool else {}),
            **{output.name: output.type for output in self.outputs},
        }

    def build(self, config: Config, scope: Scope) -> Step:
        offer = Offer(
            config.provider, config.tool, scope, arguments=config.arguments, settings=config.settings, field=""
        )
        declared = [name for name in config.outputs if name not in _OWN_OUTPUTS]
        nothing: list[Any] = [{"data": []}] if scope.dialect == "dify" else []

        async def run(ctx: Context) -> Result:
            arguments = clean(offer.arguments(ctx.pool, {}))
            inputs = {"provider": config.provider, "tool": config.tool, "arguments": arguments}
            try:
                result = await offer.call(ctx, arguments, key=ctx.key)
            except WorkflowError as error:
                retryable = bool(getattr(error, "retryable", False))
                raise NodeError(error.code, error.message, retryable=retryable, inputs=inputs) from error
            return Result(_outputs(result, declared, nothing), inputs)

        return Step(task=run, timeout_s=TOOL_TIMEOUT_S)


def _outputs(result: ToolResult, declared: list[str], nothing: list[Any]) -> dict[str, Any]:
    """The node's outputs. A declared one that the tool does not give is null."""
    first = result.json[0] if result.json and isinstance(result.json[0], dict) else {}
    found = {name: result.variables.get(name, first.get(name)) for name in declared}
    own = {"text": result.text, "files": result.files, "json": result.json or nothing}
    return {**result.variables, **found, **own}


NODE = ToolNode()
