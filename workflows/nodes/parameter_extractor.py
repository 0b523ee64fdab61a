"""Parameter extractor: asks a model for the values of declared parameters in a text.

Knows parameters, and how replies miss them: a reply that cannot be used leaves every parameter at its type's default
and says so in `__is_success` and `__reason`, and only a model that cannot be asked fails the node.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from workflows import wording
from workflows.asking import MODEL_TIMEOUT_S, Asked, Asker, ask, usage_output
from workflows.calls import read_arguments
from workflows.context import Context
from workflows.errors import NodeError
from workflows.events import Usage
from workflows.json_schema import fitted, mismatch
from workflows.kinds import NodeType, Result, Step
from workflows.nodes.fields import IDENTIFIER, NodeConfig, Selector, Template, duplicates, widget
from workflows.nodes.model_fields import Memory, Model, Vision
from workflows.ports import Message, ToolSpec
from workflows.prompts import history_text, window
from workflows.repair import loads_lenient
from workflows.replies import without_thinking
from workflows.scope import Scope
from workflows.values import to_text
from workflows.vision import image_parts, with_images

ParameterType = Literal[
    "string", "number", "boolean", "select",
    "array[string]", "array[number]", "array[object]", "array[boolean]",
]  # fmt: skip
FUNCTION = "hand_in_parameters"
_RESERVED = ("__is_success", "__reason", "__usage")


class Parameter(NodeConfig):
    """One value to find."""

    name: Annotated[str, Field(pattern=IDENTIFIER)]
    type: ParameterType = Field(default="string", json_schema_extra=widget("select"))
    options: list[str] | None = Field(default=None, description="What a select may be.")
    description: str = Field(default="", description="What the model should look for.")
    required: bool = False


class Config(NodeConfig):
    """What is looked for, where, and by which model."""

    query: Selector = Field(default=["sys", "query"], description="The text to look in.")
    model: Model = Field(default=Model(), json_schema_extra=widget("model"))
    parameters: list[Parameter] = Field(default=[], json_schema_extra=widget("parameters"))
    instruction: Template = Field(default="", description="Further instructions for the model.")
    mode: Literal["tools", "prompt"] = Field(
        default="tools",
        description="Tools lets the model call a function; a model that cannot is asked in the prompt instead.",
        json_schema_extra=widget("select"),
    )
    memory: Memory | None = None
    vision: Vision | None = None


class ParameterExtractor(NodeType[Config]):
    """See the module."""

    kind = "parameter-extractor"
    family = "model"
    config = Config
    effect = "idempotent"

    def outputs_of(self, config: Config) -> dict[str, str] | None:
        found = {each.name: "string" if each.type == "select" else each.type for each in config.parameters}
        return {**found, "__is_success": "number", "__reason": "string", "__usage": "object"}

    def fresh(self) -> dict[str, Any]:
        return Config(parameters=[Parameter(name="value")]).model_dump(mode="json")

    def build(self, config: Config, scope: Scope) -> Step:
        return Step(task=_Extractor(config, scope).run, timeout_s=MODEL_TIMEOUT_S)


@dataclass(slots=True)
class _Found:
    """What a reply gave; `problem` says why it cannot be used, or what is wrong with it."""

    asked: Asked
    values: dict[str, Any]
    problem: str | None


class _Extractor:
    """One compiled extractor."""

    def __init__(self, config: Config, scope: Scope) -> None:
        self.config = config
        self.dialect = scope.dialect
        self.asker = Asker(config.model, scope)
        self.query = scope.ref(config.query, "query")
        self.instruction = scope.template(config.instruction, "instruction")
        self.schema = schema_of(config.parameters)
        vision = config.vision if config.vision is not None and config.vision.enabled else None
        self.vision = (scope.ref(vision.selector, "vision.selector"), vision.detail) if vision else None
        if not config.parameters:
            scope.soft_fault("parameters_empty", "There is no parameter to look for.", "parameters")
        for name in duplicates(each.name for each in config.parameters):
            scope.soft_fault("name_duplicate", f"Two parameters are called {name!r}.", "parameters")
        for i, each in enumerate(config.parameters):
            if each.name in _RESERVED:
                message = f"A parameter cannot be called {each.name!r}: the node has an output of that name."
                scope.soft_fault("name_reserved", message, f"parameters.{i}.name")
            if each.type == "select" and not each.options:
                scope.soft_fault(
                    "options_empty", f"{each.name!r} has nothing to choose from.", f"parameters.{i}.options"
                )

    async def run(self, ctx: Context) -> Result:
        try:
            found = await self._ask(ctx)
        except NodeError as error:
            usage = usage_output(Usage(), 0.0, self.dialect)
            failed = {"__is_success": 0, "__reason": error.message, "__usage": usage}
            error.outputs = {**self._defaults(), **failed}
            raise
        values, problem = self._accept(found)
        usage = usage_output(found.asked.usage, found.asked.reply.elapsed_ms, self.dialect)
        outputs = {**values, "__is_success": 0 if problem else 1, "__reason": problem, "__usage": usage}
        facts = {"mode": "tools" if found.asked.request.tools else "prompt"}
        return Result(outputs, found.asked.inputs, usage=found.asked.usage, facts=facts)

    async def _ask(self, ctx: Context) -> _Found:
        images: list[dict[str, Any]] = []
        if self.vision is not None:
            selector, detail = self.vision
            images = await image_parts(ctx, selector.get_or_none(ctx.pool), detail)
        if self.config.mode == "tools":
            messages = with_images(self._messages(ctx, tools=True), images)
            tool = ToolSpec(FUNCTION, "Hands in the values that were found.", self.schema)
            request = self.asker.request(ctx, messages, tools=[tool], tool_choice=FUNCTION)
            try:
                return _read(await ask(ctx, request))
            except NodeError as error:
                if error.code != "model_no_tools":
                    raise
        messages = with_images(self._messages(ctx, tools=False), images)
        return _read(await ask(ctx, self.asker.request(ctx, messages)))

    def _messages(self, ctx: Context, *, tools: bool) -> list[Message]:
        query = to_text(self.query.get_or_none(ctx.pool), self.dialect)
        instruction = self.instruction.render(ctx.pool).strip()
        like = query + instruction
        system = [wording.of("extract", like)]
        if instruction:
            system.append(wording.of("instruction", like).format(text=instruction))
        if tools:
            system.append(wording.of("extract_call", like).format(name=FUNCTION))
        else:
            schema = json.dumps(self.schema, ensure_ascii=False)
            system.append(wording.of("extract_schema", like).format(schema=schema))
        memory = self.config.memory
        if memory is not None and memory.enabled:
            past = history_text(window(ctx.history, memory.window, memory.max_tokens))
            if past:
                system.append(wording.of("conversation", like).format(text=past))
        return [Message("system", "\n\n".join(system)), Message("user", query or " ")]

    def _accept(self, found: _Found) -> tuple[dict[str, Any], str | None]:
        """Every parameter's value, and what is wrong with what was found."""
        given = fitted(found.values, self.schema)
        accepted, problem = self._defaults(), found.problem
        for parameter in self.config.parameters:
            value = given.get(parameter.name)
            if value is None:
                if parameter.required and problem is None:
                    problem = f"The text says nothing of {parameter.name!r}, which is required."
                continue
            wrong = mismatch(value, self.schema["properties"][parameter.name], parameter.name)
            if wrong is None:
                accepted[parameter.name] = value
            else:
                problem = problem or wrong
        return accepted, problem

    def _defaults(self) -> dict[str, Any]:
        return {each.name: _default(each.type) for each in self.config.parameters}


def schema_of(parameters: Sequence[Parameter]) -> dict[str, Any]:
    """The parameters as a JSON schema."""
    return {
        "type": "object",
        "properties": {each.name: _schema(each) for each in parameters},
        "required": [each.name for each in parameters if each.required],
    }


def _schema(parameter: Parameter) -> dict[str, Any]:
    described = {"description": parameter.description} if parameter.description else {}
    if parameter.type == "select":
        return {"type": "string", **({"enum": parameter.options} if parameter.options else {}), **described}
    if parameter.type.startswith("array["):
        return {"type": "array", "items": {"type": parameter.type[6:-1]}, **described}
    return {"type": parameter.type, **described}


def _default(kind: ParameterType) -> Any:
    if kind.startswith("array["):
        return []
    return {"number": 0, "boolean": False}.get(kind, "")


def _read(asked: Asked) -> _Found:
    """The values a reply hands in, by a call or as JSON."""
    call = next(iter(asked.reply.calls), None)
    value = read_arguments(call) if call is not None else loads_lenient(without_thinking(asked.reply.text))
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, dict):
        return _Found(asked, {}, "The model's reply holds no values.")
    return _Found(asked, value, None)


NODE = ParameterExtractor()
