"""Start: where a run begins. Checks the inputs against the declared variables and hands them on.

Knows declared variables; knows nothing of where inputs come from.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Literal

from pydantic import Field

from workflows.context import Context
from workflows.errors import NodeError
from workflows.kinds import NodeType, Result, Step
from workflows.nodes.fields import Identifier, NodeConfig, duplicates, widget
from workflows.scope import Scope
from workflows.template import INPUTS
from workflows.values import parse_bool, parse_number, to_text

VariableType = Literal["text", "paragraph", "select", "number", "checkbox", "file", "file-list", "json"]


class Variable(NodeConfig):
    """One input people or programs give to a run."""

    name: Identifier
    label: str = ""
    type: VariableType = Field(default="text", json_schema_extra=widget("select"))
    required: bool = Field(default=False, json_schema_extra=widget("switch"))
    default: Any = None
    max_length: int | None = Field(default=None, ge=1, json_schema_extra=widget("number"))
    options: list[str] = []
    description: str = ""
    hide: bool = Field(default=False, json_schema_extra=widget("switch"))


class Config(NodeConfig):
    """What a run may be given."""

    variables: list[Variable] = Field(default=[], json_schema_extra=widget("variables"))


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
            scope.fault("name_duplicate", f"Two variables are called {name!r}.", "variables")
        passes_unknown = scope.dialect == "dify"

        def run(ctx: Context) -> Result:
            given = ctx.pool[INPUTS] or {}
            outputs = accept_inputs(variables, given)
            if passes_unknown:
                outputs = {**given, **outputs}
            return Result(outputs)

        return Step(inline=run)


def accept_inputs(variables: Sequence[Variable], given: dict[str, Any]) -> dict[str, Any]:
    """The declared variables' values out of `given`, without unknown names. Raises NodeError naming every fault."""
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for variable in variables:
        try:
            values[variable.name] = _accept(variable, given.get(variable.name))
        except ValueError as error:
            problems[variable.name] = str(error)
    if problems:
        raise NodeError("input_invalid", " ".join(problems.values()), field=next(iter(problems)), retryable=False)
    return values


def _accept(variable: Variable, value: Any) -> Any:
    if value is None or value == "":
        value = variable.default
    if value is None or value == "" or value == []:
        if variable.required:
            raise ValueError(f"The input {variable.name!r} is required.")
        return _EMPTY.get(variable.type)
    return _READERS[variable.type](variable, value)


def _text(variable: Variable, value: Any) -> str:
    if isinstance(value, (dict, list)):
        raise ValueError(f"The input {variable.name!r} must be text.")
    text = to_text(value)
    if variable.max_length is not None and len(text) > variable.max_length:
        raise ValueError(f"The input {variable.name!r} is longer than {variable.max_length} characters.")
    return text


def _select(variable: Variable, value: Any) -> str:
    text = to_text(value)
    if variable.options and text not in variable.options:
        raise ValueError(f"The input {variable.name!r} must be one of: {', '.join(variable.options)}.")
    return text


def _number(variable: Variable, value: Any) -> int | float:
    number = parse_number(value)
    if number is None:
        raise ValueError(f"The input {variable.name!r} must be a number.")
    return number


def _checkbox(variable: Variable, value: Any) -> bool:
    truth = parse_bool(value)
    if truth is None:
        raise ValueError(f"The input {variable.name!r} must be true or false.")
    return truth


def _file(variable: Variable, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"The input {variable.name!r} must be a file.")
    return value


def _files(variable: Variable, value: Any) -> list[dict[str, Any]]:
    files = value if isinstance(value, list) else [value]
    if variable.max_length is not None and len(files) > variable.max_length:
        raise ValueError(f"The input {variable.name!r} takes at most {variable.max_length} files.")
    return [_file(variable, file) for file in files]


def _json(variable: Variable, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise ValueError(f"The input {variable.name!r} must be JSON.") from error


_READERS: dict[VariableType, Callable[[Variable, Any], Any]] = {
    "text": _text,
    "paragraph": _text,
    "select": _select,
    "number": _number,
    "checkbox": _checkbox,
    "file": _file,
    "file-list": _files,
    "json": _json,
}
_EMPTY: dict[VariableType, Any] = {"text": "", "paragraph": "", "select": "", "checkbox": False, "file-list": []}
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
