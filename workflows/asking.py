"""Asking a model from a node: a request from a config, the reply read, and JSON where JSON is wanted.

Knows requests, replies and the ways around what a model cannot do; knows no node.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from workflows import wording
from workflows.context import Context
from workflows.errors import ModelError, NodeError
from workflows.events import Usage
from workflows.json_schema import fitted, mismatch
from workflows.nodes.model_fields import Model
from workflows.openai_wire import has_images
from workflows.ports import ChatRequest, Message
from workflows.repair import loads_lenient
from workflows.replies import Emit, Reply, silent, without_thinking
from workflows.scope import Scope
from workflows.template import Template
from workflows.values import Dialect
from workflows.vision import shown

MODEL_TIMEOUT_S = 600.0
_MAX_PARAM_CHARS = 1024


@dataclass(slots=True)
class Asked:
    """A question put to a model: what was sent, and what came back."""

    request: ChatRequest
    reply: Reply
    usage: Usage = field(default_factory=Usage)

    @property
    def inputs(self) -> dict[str, Any]:
        return inputs_of(self.request)


class Asker:
    """A model as a node configured it, with the references in its parameters compiled."""

    def __init__(self, model: Model, scope: Scope, field: str = "model") -> None:
        self._model = model
        if not model.name:
            scope.soft_fault("model_missing", "No model is chosen.", field)
        given = {name: value for name, value in model.params.items() if value is not None}
        templated = {name: value for name, value in given.items() if isinstance(value, str) and "{{#" in value}
        compiled = {name: scope.template(text, f"{field}.params.{name}") for name, text in templated.items()}
        self._params: Mapping[str, Any] = {**given, **compiled}

    def request(self, ctx: Context, messages: Sequence[Message], **more: Any) -> ChatRequest:
        """A request for this model; `more` are further fields of it."""
        params = {name: _param(value, ctx) for name, value in self._params.items()}
        stop = params.pop("stop", None) or []
        return ChatRequest(
            provider=self._model.provider,
            model=self._model.name,
            messages=list(messages),
            params=params,
            run_id=ctx.run_id,
            node_id=ctx.node_id,
            frame=ctx.frame,
            stop=[stop] if isinstance(stop, str) else [str(each) for each in stop] if isinstance(stop, list) else [],
            **more,
        )

    def schema_request(self, ctx: Context, messages: Sequence[Message], schema: dict[str, Any]) -> ChatRequest:
        """A request for a reply that fits `schema`."""
        wanted = {"type": "json_schema", "json_schema": {"name": "output", "schema": schema}}
        return self.request(ctx, messages, response_format=wanted)


def _param(value: Any, ctx: Context) -> Any:
    if not isinstance(value, Template):
        return value
    text = value.render(ctx.pool)[:_MAX_PARAM_CHARS]
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


async def ask(ctx: Context, request: ChatRequest, emit: Emit = silent, *, separated: bool = True) -> Asked:
    """Put a question. Raises NodeError, with the request among its inputs."""
    reply = Reply(emit, ctx.ports.clock, separated=separated)
    try:
        await reply.read(ctx.models.chat(request))
    except ModelError as error:
        raise _refused(error, request) from error
    return Asked(request, reply, reply.usage)


def _refused(error: ModelError, request: ChatRequest) -> NodeError:
    message = error.message
    if error.code == "model_no_vision" or (error.code == "model_bad_request" and has_images(request)):
        remedy = "Choose a model that can see, or turn vision off."
        message = f"The model {request.model!r} was given images. {message} {remedy}"
    return NodeError(error.code, message, retryable=error.retryable, inputs=inputs_of(request))


def inputs_of(request: ChatRequest) -> dict[str, Any]:
    """What the run's log shows of a request."""
    shown_tools = {"tools": [tool.name for tool in request.tools]} if request.tools else {}
    return {"model": request.model, "messages": shown(request.messages), **shown_tools}


async def ask_json(
    ctx: Context, request: ChatRequest, schema: dict[str, Any], emit: Emit = silent, *, separated: bool = True
) -> tuple[Any, Asked]:
    """Put a question whose answer must be JSON that fits `schema`; the value, and how it was got.

    A model that takes no schema is shown it in the prompt. A reply that does not fit is corrected once, unseen.
    Raises NodeError.
    """
    try:
        asked = await ask(ctx, request, emit, separated=separated)
    except NodeError as error:
        if error.code != "model_no_schema":
            raise
        plain = msgspec.structs.replace(request, response_format=None)
        asked = await ask(ctx, _with_schema(plain, schema), emit, separated=separated)
    value, problem = read_json(asked.reply.text, schema)
    if problem is not None:
        asked = await _corrected(ctx, asked, schema, problem)
        value, problem = read_json(asked.reply.text, schema)
    if problem is not None:
        message = f"The model's reply does not fit the schema: {problem}."
        raise NodeError("structured_output_invalid", message, inputs=asked.inputs)
    return value, asked


def _with_schema(request: ChatRequest, schema: dict[str, Any]) -> ChatRequest:
    """The request with the schema said in words, in the system's message."""
    text = wording.of("schema", "".join(str(each.content)[:2000] for each in request.messages[-1:]))
    said = text.format(schema=json.dumps(schema, ensure_ascii=False))
    first = request.messages[0]
    if first.role == "system" and isinstance(first.content, str):
        messages = [Message("system", f"{first.content}\n\n{said}"), *request.messages[1:]]
    else:
        messages = [Message("system", said), *request.messages]
    return msgspec.structs.replace(request, messages=messages)


async def _corrected(ctx: Context, asked: Asked, schema: dict[str, Any], problem: str) -> Asked:
    """The question put again, with the reply that did not fit and why."""
    reply = asked.reply.text
    text = wording.of("correction", reply).format(problem=problem, schema=json.dumps(schema, ensure_ascii=False))
    said = [Message("assistant", reply)] if reply.strip() else []
    messages = [*asked.request.messages, *said, Message("user", text)]
    again = await ask(ctx, msgspec.structs.replace(asked.request, messages=messages))
    return Asked(again.request, again.reply, asked.usage + again.usage)


def read_json(text: str, schema: dict[str, Any]) -> tuple[Any, str | None]:
    """The JSON a reply holds, and why it does not fit `schema`; texts are made into numbers where those are wanted."""
    value = loads_lenient(without_thinking(text))
    if value is None:
        return None, "it is no JSON"
    problem = mismatch(value, schema)
    if problem is None:
        return value, None
    made = fitted(value, schema)
    return (made, None) if made != value and mismatch(made, schema) is None else (value, problem)


def usage_output(usage: Usage, elapsed_ms: float, dialect: Dialect) -> dict[str, Any]:
    """The `usage` output: tokens and cost; in Dify's dialect with the names its files refer to."""
    value = msgspec.structs.asdict(usage)
    if dialect == "dify":
        value |= {"total_price": f"{usage.cost:.7f}", "currency": "USD", "latency": round(elapsed_ms / 1000, 3)}
    return value
