"""The contract of a tool: what it is called, what it takes, and what a call gives.

Knows the shape all tools share; knows no tool. A tool declares its arguments as a JSON schema; a call is made only with
arguments that fit it.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from workflows.context import Context, StepEffect
from workflows.ports import ToolResult
from workflows.scope import Scope

Schema = dict[str, Any]


class Call(ABC):
    """A tool ready to be called: compiled for one place in one definition."""

    parameters: Schema
    description: str = ""

    def effect_of(self, arguments: Mapping[str, Any]) -> StepEffect:
        """Whether a call cut off in the middle may be made again. Asked before the arguments are checked."""
        return "idempotent"

    @abstractmethod
    async def call(self, ctx: Context, arguments: dict[str, Any], *, key: str) -> ToolResult:
        """Call with arguments that fit `parameters`. `key` is the same when a cut-off call is made again. Raises
        WorkflowError.
        """


class Tool(Call):
    """A tool of the engine. One instance serves every call; it holds no state.

    `personal` names the arguments that only the person who builds the workflow may set: no model is told of them.
    `open_outputs` says that a call may give variables nobody can name beforehand.
    """

    provider: ClassVar[str] = "weft"
    name: ClassVar[str]
    parameters: Schema = {"type": "object", "properties": {}}
    personal: ClassVar[frozenset[str]] = frozenset()
    outputs: ClassVar[Mapping[str, str]] = {}
    open_outputs: ClassVar[bool] = False

    def bind(self, fixed: Mapping[str, Any], scope: Scope, field: str) -> Call:
        """The tool for one place. `fixed` are the constants set there; faults go to `scope`."""
        return self


def without(schema: Schema, names: Collection[str]) -> Schema:
    """An object's schema without some of its properties."""
    left = copy.deepcopy(schema)
    properties = left.get("properties")
    if isinstance(properties, dict):
        left["properties"] = {name: value for name, value in properties.items() if name not in names}
    if isinstance(left.get("required"), list):
        left["required"] = [name for name in left["required"] if name not in names]
    return left


def arguments(required: Collection[str] = (), **properties: Schema) -> Schema:
    """The schema of an object with these properties and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def text(description: str, **more: Any) -> Schema:
    """The schema of a text."""
    return {"type": "string", "description": description, **more}
