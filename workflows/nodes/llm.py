"""LLM: asks a chat model, with context passages and the conversation so far, and streams what it says.

Knows prompts and replies; knows nothing of vendors, which are behind the `Models` port.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, Literal

import msgspec
from pydantic import Field

from workflows.context import Context
from workflows.errors import ModelError, NodeError
from workflows.events import Usage
from workflows.kinds import NodeType, Output, Result, Step
from workflows.nodes.fields import Inputs, NodeConfig, Selector, widget
from workflows.nodes.rows import input_refs, read_inputs
from workflows.ports import ChatChunk, ChatRequest
from workflows.prompts import Render, assemble, context_text, window
from workflows.replies import ThinkSplitter, parse_json
from workflows.scope import Scope
from workflows.template import Ref
from workflows.template import Template as CompiledTemplate
from workflows.values import clean_text, to_text


class Model(NodeConfig):
    """Which model, and how it is asked."""

    provider: str = ""
    name: str = ""
    params: dict[str, Any] = Field(
        default={}, description="temperature, max_tokens, top_p and what else the model takes."
    )


class PromptMessage(NodeConfig):
    """One message of the prompt."""

    role: Literal["system", "user", "assistant"] = "user"
    text: str = Field(default="", json_schema_extra=widget("template"))
    syntax: Literal["basic", "jinja2"] = "basic"


class Memory(NodeConfig):
    """The conversation so far, put before the last user message."""

    enabled: bool = Field(default=True, json_schema_extra=widget("switch"))
    window: int = Field(
        default=20, ge=0, description="How many past messages at most; 0 for all.", json_schema_extra=widget("number")
    )


class Config(NodeConfig):
    """How the model is asked."""

    model: Model = Field(default=Model(), json_schema_extra=widget("model"))
    prompt: list[PromptMessage] = Field(default=[], json_schema_extra=widget("prompt"))
    context: Selector | None = Field(default=None, description="Passages the prompt's {{#context#}} stands for.")
    memory: Memory | None = None
    jinja2_inputs: Inputs = Field(default=[], description="Names that Jinja2 messages of the prompt may use.")
    structured_output: dict[str, Any] | None = Field(default=None, json_schema_extra=widget("json-schema"))
    reasoning_format: Literal["tagged", "separated"] = Field(default="separated", json_schema_extra=widget("select"))


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
        return Step(task=call.run, timeout_s=600)


class _Call:
    """One compiled llm node."""

    def __init__(self, config: Config, scope: Scope) -> None:
        self.config = config
        if not config.model.name:
            scope.soft_fault("model_missing", "No model is chosen.", "model")
        if not config.prompt:
            scope.soft_fault("prompt_empty", "The prompt has no message.", "prompt")
        self.context_ref = scope.optional_ref(config.context, "context")
        self.rows = input_refs(config.jinja2_inputs, scope, "jinja2_inputs")
        self.slow = False
        self.messages = [
            (message.role, self._message(message, scope, f"prompt.{i}.text")) for i, message in enumerate(config.prompt)
        ]
        self.params = {
            name: scope.template(value, f"model.params.{name}") if isinstance(value, str) and "{{#" in value else value
            for name, value in config.model.params.items()
        }
        if config.context and not any("context" in message.text for message in config.prompt):
            scope.fault("context_unused", "No message of the prompt uses {{#context#}}.", "context", "warning")

    def _message(self, message: PromptMessage, scope: Scope, field: str) -> Render:
        if message.syntax == "jinja2":
            template = scope.jinja(message.text, field, ["context", *(row.name for row in self.config.jinja2_inputs)])
            self.slow = self.slow or template.loops
            return lambda ctx, context: template.render({**read_inputs(self.rows, ctx), "context": context})
        marker = Ref(None, ["context"])
        text = scope.template(message.text, field, {"context": marker})
        parts = text.parts

        def render(ctx: Context, context: str) -> str:
            pool, dialect = ctx.pool, scope.dialect
            return "".join(
                part if isinstance(part, str) else context if part is marker else to_text(part.get(pool), dialect)
                for part in parts
            )

        return render

    async def run(self, ctx: Context) -> Result:
        request = await asyncio.to_thread(self._request, ctx) if self.slow else self._request(ctx)
        inputs = {
            "model": request.model,
            "messages": [{"role": message.role, "content": message.content} for message in request.messages],
        }
        reply = _Reply(ctx, separated=self.config.reasoning_format == "separated")
        try:
            await reply.read(ctx.models.chat(request))
        except ModelError as error:
            raise NodeError(error.code, error.message, retryable=error.retryable, inputs=inputs) from error
        outputs = reply.outputs()
        if self.config.structured_output is not None:
            outputs["structured_output"] = parse_json(outputs["text"], self.config.structured_output)
        return Result(outputs, inputs, usage=reply.usage, facts={**reply.facts(), **self._context_facts()})

    def _request(self, ctx: Context) -> ChatRequest:
        config = self.config
        context = context_text(self.context_ref.get_or_none(ctx.pool)) if self.context_ref else ""
        memory = config.memory
        history = window(ctx.history, memory.window) if memory is not None and memory.enabled else []
        params = {name: _param(value, ctx) for name, value in self.params.items() if value is not None}
        stop = params.pop("stop", None) or []
        schema = config.structured_output
        return ChatRequest(
            provider=config.model.provider,
            model=config.model.name,
            messages=assemble(ctx, self.messages, context, history),
            params=params,
            run_id=ctx.run_id,
            node_id=ctx.node_id,
            stop=[stop] if isinstance(stop, str) else list(stop),
            response_format={"type": "json_schema", "json_schema": {"name": "output", "schema": schema}}
            if schema
            else None,
        )

    def _context_facts(self) -> dict[str, Any]:
        return {"context": list(self.context_ref.selector)} if self.context_ref else {}


def _param(value: Any, ctx: Context) -> Any:
    if not isinstance(value, CompiledTemplate):
        return value
    text = value.render(ctx.pool)
    try:
        return json.loads(text)
    except ValueError:
        return text


class _Reply:
    """A reply being read: streams text and reasoning, and keeps both."""

    def __init__(self, ctx: Context, *, separated: bool) -> None:
        self._ctx = ctx
        self._separated = separated
        self._splitter = ThinkSplitter()
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._began = ctx.ports.clock.monotonic()
        self._first: float | None = None
        self._thinking = False
        self.usage: Usage | None = None
        self.finish_reason = "stop"

    async def read(self, chunks: AsyncIterator[ChatChunk]) -> None:
        """Read to the end. The iterator is closed whatever happens, which aborts a call in flight."""
        try:
            async for chunk in chunks:
                self._take(chunk)
        finally:
            close = getattr(chunks, "aclose", None)
            if close is not None:
                await close()
        self._say("", end=True)

    def _take(self, chunk: ChatChunk) -> None:
        if self._first is None and (chunk.text or chunk.reasoning):
            self._first = self._ctx.ports.clock.monotonic()
        if chunk.reasoning:
            self._think(chunk.reasoning)
        if chunk.text:
            self._say(chunk.text)
        self.usage = chunk.usage or self.usage
        self.finish_reason = chunk.finish_reason or self.finish_reason

    def _think(self, reasoning: str) -> None:
        if self._separated:
            self._reasoning.append(reasoning)
            self._ctx.emit("reasoning", reasoning)
            return
        self._add(reasoning if self._thinking else "<think>" + reasoning)
        self._thinking = True

    def _say(self, text: str, *, end: bool = False) -> None:
        if not self._separated:
            closing = "</think>\n" if self._thinking and (text or end) else ""
            self._thinking = self._thinking and not closing
            self._add(closing + text)
            return
        for said, thought in [*self._splitter.feed(text), *(self._splitter.close() if end else [])]:
            if thought:
                self._think(thought)
            self._add(said)

    def _add(self, text: str) -> None:
        text = clean_text(text)
        if text:
            self._text.append(text)
            self._ctx.emit("text", text)

    def outputs(self) -> dict[str, Any]:
        """The node's outputs, but for the structured one."""
        usage = self.usage or Usage()
        return {
            "text": "".join(self._text),
            "reasoning_content": "".join(self._reasoning),
            "usage": msgspec.structs.asdict(usage),
            "finish_reason": self.finish_reason,
        }

    def facts(self) -> dict[str, Any]:
        """Numbers for the run's log."""
        first = None if self._first is None else round((self._first - self._began) * 1000, 1)
        return {"first_token_ms": first}


NODE = Llm()
