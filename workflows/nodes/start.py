"""Start: where a run begins. Checks the inputs against the declared variables and hands them on.

Knows declared variables; knows nothing of where inputs come from.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from workflows.context import Context
from workflows.inputs import accept_inputs
from workflows.json_schema import problem_of
from workflows.kinds import NodeType, Result, Step
from workflows.nodes.fields import Identifier, NodeConfig, duplicates, widget
from workflows.scope import Scope
from workflows.template import INPUTS

FileType = Literal["image", "document", "audio", "video", "custom"]
VariableType = Literal["text", "paragraph", "select", "number", "checkbox", "file", "file-list", "json"]


class Variable(NodeConfig):
    """One input people or programs give to a run."""

    name: Identifier = Field(description="What the input is called in the graph and in the API.")
    label: str = Field(default="", description="What people see.")
    type: VariableType = Field(default="text", json_schema_extra=widget("select"))
    required: bool = Field(default=False, json_schema_extra=widget("switch"))
    default: Any = Field(default=None, description="The value when none is given.")
    max_length: int | None = Field(
        default=None,
        ge=1,
        description="Characters of a text, or number of files, at most.",
        json_schema_extra=widget("number"),
    )
    options: list[str] = Field(default=[], description="What can be chosen from.")
    description: str = Field(default="", description="A hint for people.")
    hide: bool = Field(
        default=False, description="Not shown in forms; programs may still give it.", json_schema_extra=widget("switch")
    )
    allowed_file_types: list[FileType] = Field(
        default=[], description="Kinds of files taken; none means all. “custom” means the extensions below."
    )
    allowed_file_extensions: list[str] = Field(default=[], description="Extensions taken, such as .pdf.")
    allowed_file_upload_methods: list[Literal["local_file", "remote_url"]] = Field(
        default=[], description="Whether files may be uploaded, or named by a URL; none means both."
    )
    json_schema: dict[str, Any] | None = Field(
        default=None, description="What JSON must look like.", json_schema_extra=widget("json")
    )


class Config(NodeConfig):
    """What a run may be given."""

    variables: list[Variable] = Field(
        default=[], description="What a run is given.", json_schema_extra=widget("variables")
    )


class Start(NodeType[Config]):
    """See the module."""

    kind = "start"
    family = "io"
    config = Config
    outputs_from = "variables"
    accepts_input = False
    root = True

    def outputs_of(self, config: Config) -> dict[str, str] | None:
        return {variable.name: _TYPES[variable.type] for variable in config.variables}

    def build(self, config: Config, scope: Scope) -> Step:
        variables = config.variables
        for name in duplicates(variable.name for variable in variables):
            scope.soft_fault("name_duplicate", f"Two variables are called {name!r}.", "variables")
        for i, variable in enumerate(variables):
            problem = problem_of(variable.json_schema) if variable.json_schema else None
            if problem is not None:
                message = f"The schema of {variable.name!r} is wrong: {problem}"
                scope.soft_fault("schema_invalid", message, f"variables.{i}.json_schema")
        passes_unknown = scope.dialect == "dify"

        def run(ctx: Context) -> Result:
            given = ctx.pool[INPUTS] or {}
            outputs = accept_inputs(variables, given)
            if passes_unknown:
                outputs = {**given, **outputs}
            return Result(outputs)

        return Step(inline=run)


_TYPES: dict[VariableType, str] = {
    "text": "string",
    "paragraph": "string",
    "select": "string",
    "number": "number",
    "checkbox": "boolean",
    "file": "file",
    "file-list": "array[file]",
    "json": "any",
}

NODE = Start()
