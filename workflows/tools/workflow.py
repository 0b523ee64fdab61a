"""A tool that runs another workflow, in the run's own log. Which one, a person sets; its inputs, a model may."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from workflows.context import Context
from workflows.definition import Definition
from workflows.errors import ToolError
from workflows.ports import ToolResult
from workflows.scope import Scope
from workflows.tools.base import Call, Schema, Tool, arguments, text

_APP = text("The workflow to run.", **{"x-widget": "app"})
_VERSION = {"type": ["integer", "null"], "minimum": 1, "description": "Which published version; empty for the newest."}


class RunWorkflow(Tool):
    """One call of a workflow; which one is known when the definition is compiled."""

    name = "run_workflow"
    description = "Runs another workflow and gives its outputs."
    # Further arguments are inputs of the workflow, each by its own name.
    parameters = {
        **arguments(
            inputs={"type": "object", "description": "The workflow's inputs by name."},
            query=text("The question, for a workflow that answers in a chat."),
            app=_APP,
            version=_VERSION,
        ),
        "additionalProperties": True,
    }
    personal = frozenset({"app", "version"})
    open_outputs = True

    def bind(self, fixed: Mapping[str, Any], scope: Scope, field: str) -> Call:
        app, version = fixed.get("app"), fixed.get("version")
        name = app if isinstance(app, str) else ""
        chosen = version if isinstance(version, int) and not isinstance(version, bool) else None
        region = scope.sub_workflow(name, chosen, field)
        definition = scope.sub_definition(region) if region is not None else None
        return _Bound(name, region, definition, self.parameters)

    async def call(self, ctx: Context, arguments: dict[str, Any], *, key: str) -> ToolResult:
        raise ToolError("sub_workflow_missing", "No workflow is chosen to run.")


class _Bound(Call):
    """A workflow chosen; `region` is None where it cannot be had."""

    def __init__(self, app: str, region: str | None, definition: Definition | None, parameters: Schema) -> None:
        self._app = app
        self._region = region
        self.parameters = parameters
        if definition is not None:
            self.parameters = _parameters(definition, parameters)
            described = definition.app.description.strip()
            self.description = f"Runs the workflow “{definition.app.name}”{': ' + described if described else '.'}"

    async def call(self, ctx: Context, arguments: dict[str, Any], *, key: str) -> ToolResult:
        if self._region is None:
            message = f"The workflow {self._app!r} is not there: publish it, or choose another."
            raise ToolError("sub_workflow_missing", message if self._app else "No workflow is chosen to run.")
        named = {name: value for name, value in arguments.items() if name not in ("app", "version", "inputs")}
        inputs = {**named, **(arguments.get("inputs") or {})}
        outputs = await ctx.run_frame(self._region, inputs)
        answer = outputs.get("answer")
        said = answer if isinstance(answer, str) and answer else json.dumps(outputs, ensure_ascii=False, default=str)
        return ToolResult(text=said, json=[outputs], variables=outputs)


def _parameters(definition: Definition, general: Schema) -> Schema:
    """The inputs that a workflow's start node declares, as a schema."""
    start = next((node for node in definition.nodes if node.kind == "start"), None)
    rows = start.config.get("variables") if start is not None else None
    found: dict[str, Schema] = {}
    required: list[str] = []
    for row in rows if isinstance(rows, list) else []:
        name = row.get("name") if isinstance(row, dict) else None
        if not isinstance(name, str) or row.get("type") in ("file", "file-list"):
            continue
        label = row.get("description") or row.get("label")
        found[name] = {**_TYPES.get(row.get("type"), {}), **({"description": str(label)} if label else {})}
        if row.get("type") == "select" and row.get("options"):
            found[name]["enum"] = row["options"]
        if row.get("required") is True:
            required.append(name)
    if definition.mode == "chat":
        found["query"] = general["properties"]["query"]
    personal = {name: general["properties"][name] for name in ("app", "version")}
    return {**general, "properties": {**found, **personal}, "required": required}


_TYPES: dict[Any, Schema] = {
    "text": {"type": "string"},
    "paragraph": {"type": "string"},
    "select": {"type": "string"},
    "number": {"type": "number"},
    "checkbox": {"type": "boolean"},
    "json": {},
}

TOOLS = (RunWorkflow(),)
