"""A tool in its place: some arguments fixed by a person, the rest given at the call, all of them checked before it.

Knows tools of the engine and of the host alike; knows nothing of who asks for the call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workflows.context import Context, StepEffect
from workflows.errors import ToolError
from workflows.json_schema import fitted, mismatch
from workflows.nodes.fields import Argument
from workflows.nodes.rows import compile_arguments
from workflows.ports import ToolRequest, ToolResult
from workflows.scope import Scope
from workflows.template import Pool
from workflows.tools import registry
from workflows.tools.base import Call, Schema, without

_ANYTHING: Schema = {"type": "object", "properties": {}}


def missing(provider: str, tool: str) -> str:
    """The sentence for a tool that nobody keeps, with what can be done about it."""
    return (
        f"The tool {tool!r} of {provider!r} is not here. Use an HTTP request, a code node, another workflow or a "
        f"built-in tool in its place; built in are {', '.join(registry.own_names())}."
    )


class HostTool(Call):
    """A tool that the host keeps, behind the `Tools` port. What it does cannot be known, so it is done once."""

    def __init__(self, provider: str, tool: str, settings: Mapping[str, Any], parameters: Schema) -> None:
        self.parameters = parameters
        self._provider = provider
        self._tool = tool
        self._settings = dict(settings)

    def effect_of(self, arguments: Mapping[str, Any]) -> StepEffect:
        return "once"

    async def call(self, ctx: Context, arguments: dict[str, Any], *, key: str) -> ToolResult:
        if ctx.ports.tools is None:
            raise ToolError("tool_missing", missing(self._provider, self._tool))
        request = ToolRequest(
            provider=self._provider,
            tool=self._tool,
            arguments=arguments,
            settings=self._settings,
            run_id=ctx.run_id,
            node_id=ctx.node_id,
            key=key,
        )
        return await ctx.ports.tools.call(request)


class Offer:
    """A tool as one place of a definition has it. Faults of the place go to `scope`."""

    def __init__(
        self,
        provider: str,
        tool: str,
        scope: Scope,
        *,
        arguments: Sequence[Argument] = (),
        settings: Mapping[str, Any] | None = None,
        description: str = "",
        parameters: Schema | None = None,
        field: str = "",
    ) -> None:
        own = registry.find(provider, tool)
        self.provider, self.tool = provider, tool
        constants = {each.name: each.value for each in arguments if each.mode == "constant"}
        self._settings = {} if own is None else {k: v for k, v in (settings or {}).items() if v is not None}
        self._read = compile_arguments(arguments, scope, f"{field}arguments")
        self._fixed = {*self._settings, *(each.name for each in arguments)}
        self._call: Call
        if own is not None:
            self._personal = own.personal
            self._call = own.bind({**self._settings, **constants}, scope, f"{field}arguments")
        else:
            self._personal = frozenset()
            self._call = HostTool(provider, tool, settings or {}, parameters or _ANYTHING)
            self._check_host(scope, field)
        self.description = description or self._call.description

    def _check_host(self, scope: Scope, field: str) -> None:
        if not self.tool:
            scope.soft_fault("tool_empty", "No tool is chosen.", f"{field}tool")
        elif names := registry.names_of(self.provider):
            message = f"{self.provider!r} has no tool {self.tool!r}. It has: {', '.join(names)}."
            scope.soft_fault("tool_unknown", message, f"{field}tool")
        else:
            # Which tools the host of a run keeps, only the run knows.
            scope.fault("tool_missing", missing(self.provider, self.tool), f"{field}tool", "warning")

    def is_here(self, ctx: Context) -> bool:
        """Whether a call in this run can reach the tool: it is built in, or the host keeps tools."""
        return ctx.ports.tools is not None or not isinstance(self._call, HostTool)

    @property
    def parameters(self) -> Schema:
        """The schema of what is given at the call: what is not fixed, and not for a person alone."""
        return without(self._call.parameters, self._fixed | self._personal)

    def arguments(self, pool: Pool, given: Mapping[str, Any]) -> dict[str, Any]:
        """What the tool is called with: what was `given`, as far as it may be, under what is fixed."""
        hidden = self._fixed | self._personal
        fixed = {name: value for name, value in self._read(pool).items() if value is not None}
        return {**{k: v for k, v in given.items() if k not in hidden}, **self._settings, **fixed}

    def effect_of(self, arguments: Mapping[str, Any]) -> StepEffect:
        """Whether a call cut off in the middle may be made again."""
        return self._call.effect_of(arguments)

    async def call(self, ctx: Context, arguments: dict[str, Any], *, key: str) -> ToolResult:
        """Call the tool. Raises ToolError for arguments that do not fit, and what the tool raises."""
        fitting = fitted(arguments, self._call.parameters)
        problem = mismatch(fitting, self._call.parameters, "the arguments")
        if problem is not None:
            raise ToolError("tool_arguments", f"{self.tool} cannot be called so: {problem}.")
        return await self._call.call(ctx, fitting, key=key)
