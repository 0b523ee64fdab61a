"""LLM: asks a model, with context passages, images and the conversation so far, and streams what it says.

Knows prompts and replies; knows nothing of vendors, which are behind the `Models` port.
"""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from pydantic import Field

from workflows.asking import MODEL_TIMEOUT_S, Asked, Asker, ask, ask_json, usage_output
from workflows.context import Context
from workflows.jinja import Jinja
from workflows.json_schema import problem_of
from workflows.kinds import NodeType, Output, Result, Step
from workflows.nodes.fields import Inputs, NodeConfig, Selector, widget
from workflows.nodes.model_fields import Memory, Model, Roles, Vision
from workflows.nodes.rows import input_refs, read_inputs
from workflows.ports import ChatRequest, Message
from workflows.prompts import Given, Render, Turns, compile_text, context_text, history_text, put_history, window
from workflows.scope import Scope
from workflows.vision import image_parts, with_images


class PromptMessage(NodeConfig):
    """One message of the prompt."""

    role: Literal["system", "user", "assistant"] = "user"
    text: str = Field(default="", json_schema_extra=widget("template"))
    syntax: Literal["basic", "jinja2"] = "basic"


class Config(NodeConfig):
    """How the model is asked."""

    model: Model = Field(default=Model(), json_schema_extra=widget("model"))
    mode: Literal["chat", "completion"] = Field(
        default="chat",
        description="Chat sends messages. Completion sends one text, in which {{#histories#}} is the conversation.",
        json_schema_extra=widget("select"),
    )
    prompt: list[PromptMessage] = Field(default=[], json_schema_extra=widget("prompt"))
    context: Selector | None = Field(default=None, description="Passages the prompt's {{#context#}} stands for.")
    memory: Memory | None = None
    vision: Vision | None = None
    jinja2_inputs: Inputs = Field(default=[], description="Names that Jinja2 messages of the prompt may use.")
    structured_output: dict[str, Any] | None = Field(
        default=None,
        description="A JSON schema: the reply is then JSON that fits it.",
        json_schema_extra=widget("json-schema"),
    )
    reasoning_format: Literal["tagged", "separated"] = Field(
        default="separated",
        description="Whether a model's thinking stays in the text, between <think> tags, or is an output of its own.",
        json_schema_extra=widget("select"),
    )


class Llm(NodeType[Config]):
    """See the module."""

    kind = "llm"
    family = "model"
    config = Config
    effect = "idempotent"
    outputs = (
        Output("text", "string"),
        Output("reasoning_content", "string"),
        Output("usage", "object"),
        Output("finish_reason", "string"),
        Output("structured_output", "object"),
    )
    streams = ("text",)

    def fresh(self) -> dict[str, Any]:
        prompt = [PromptMessage(role="system"), PromptMessage(role="user", text="{{#sys.query#}}")]
        return Config(prompt=prompt).model_dump(mode="json")

    def build(self, config: Config, scope: Scope) -> Step:
        call = _Call(config, scope)
        return Step(task=call.run, timeout_s=MODEL_TIMEOUT_S)


class _Call:
    """One compiled llm node."""

    def __init__(self, config: Config, scope: Scope) -> None:
        self.config = config
        self.dialect = scope.dialect
        self.asker = Asker(config.model, scope)
        if not config.prompt:
            scope.soft_fault("prompt_empty", "The prompt has no message.", "prompt")
        self.context_ref = scope.optional_ref(config.context, "context")
        self.memory = config.memory if config.memory is not None and config.memory.enabled else None
        self.query = (
            scope.template(self.memory.query, "memory.query") if self.memory and self.memory.query is not None else None
        )
        vision = config.vision if config.vision is not None and config.vision.enabled else None
        self.vision = (scope.ref(vision.selector, "vision.selector"), vision.detail) if vision else None
        self.rows = input_refs(config.jinja2_inputs, scope, "jinja2_inputs")
        self.jinjas: list[Jinja] = []
        self.messages = [
            (message.role, self._message(message, scope, f"prompt.{i}.text")) for i, message in enumerate(config.prompt)
        ]
        self._check(scope)

    def _check(self, scope: Scope) -> None:
        config = self.config
        texts = [message.text for message in config.prompt]
        if config.context and not any("context" in text for text in texts):
            scope.fault("context_unused", "No message of the prompt uses {{#context#}}.", "context", "warning")
        if config.mode == "completion" and self.memory and not any("histories" in text for text in texts):
            scope.fault("histories_unused", "The prompt does not use {{#histories#}}.", "memory", "warning")
        problem = problem_of(config.structured_output) if config.structured_output is not None else None
        if problem is not None:
            scope.soft_fault("schema_invalid", f"This is no JSON schema: {problem}.", "structured_output")

    def _message(self, message: PromptMessage, scope: Scope, field: str) -> Render:
        if message.syntax == "basic":
            words = {"context": "context", "histories": "histories"}
            return compile_text(message.text, scope, field, words)
        names = ["context", "histories", *(row.name for row in self.config.jinja2_inputs)]
        template = scope.jinja(message.text, field, names)
        self.jinjas.append(template)
        return lambda ctx, given: template.render({**read_inputs(self.rows, ctx), **given._asdict()})

    async def run(self, ctx: Context) -> Result:
        given = read_inputs(self.rows, ctx) if self.jinjas else {}
        slow = any(template.is_slow_with(given) for template in self.jinjas)
        messages = await asyncio.to_thread(self._messages, ctx) if slow else self._messages(ctx)
        if self.vision is not None:
            selector, detail = self.vision
            messages = with_images(messages, await image_parts(ctx, selector.get_or_none(ctx.pool), detail))
        schema = self.config.structured_output
        separated = self.config.reasoning_format == "separated"
        if schema is None:
            asked = await ask(ctx, self.asker.request(ctx, messages), ctx.emit, separated=separated)
            return self._result(asked, {})
        request: ChatRequest = self.asker.schema_request(ctx, messages, schema)
        value, asked = await ask_json(ctx, request, schema, ctx.emit, separated=separated)
        return self._result(asked, {"structured_output": value})

    def _messages(self, ctx: Context) -> list[Message]:
        memory = self.memory
        context = context_text(self.context_ref.get_or_none(ctx.pool), self.dialect) if self.context_ref else ""
        history: Turns = window(ctx.history, memory.window, memory.max_tokens) if memory else []
        query = self.query.render(ctx.pool) if self.query is not None else None
        if self.config.mode == "completion":
            roles = (memory.roles if memory else None) or Roles()
            given = Given(context, history_text(history, roles.user, roles.assistant))
            text = "\n\n".join(render(ctx, given) for _, render in self.messages)
            return put_history([Message("user", text)], [], None)
        rendered = [Message(role, render(ctx, Given(context))) for role, render in self.messages]
        return put_history(rendered, history, query)

    def _result(self, asked: Asked, more: dict[str, Any]) -> Result:
        reply = asked.reply
        outputs = {
            "text": reply.text,
            "reasoning_content": reply.reasoning,
            "usage": usage_output(asked.usage, reply.elapsed_ms, self.dialect),
            "finish_reason": reply.finish_reason,
            **more,
        }
        facts: dict[str, Any] = {"first_token_ms": reply.first_token_ms}
        if self.context_ref is not None:
            facts["context"] = list(self.context_ref.selector)
        return Result(outputs, asked.inputs, usage=asked.usage, facts=facts)


NODE = Llm()
