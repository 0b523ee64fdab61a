"""Agent: a model that works on a question step by step, with tools, until it answers.

Knows what an agent is given; how it works is `workflows.agent`. Every question to the model and every call of a tool is
recorded, so an agent that was cut off goes on where it was. A call that must not happen twice and whose outcome the
cut left unknown is told to the model as such, and its tool is out of use for the rest of the attempt.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from workflows import wording
from workflows.agent.loop import Outcome, Run, described, facts_of
from workflows.agent.toolbox import Gathered, Toolbox
from workflows.asking import Asker, usage_output
from workflows.context import Context
from workflows.errors import NodeError
from workflows.kinds import NodeType, Output, Result, Step
from workflows.nodes.fields import Arguments, NodeConfig, Selector, Template, widget
from workflows.nodes.model_fields import Memory, Model, Vision
from workflows.ports import Message
from workflows.prompts import context_text, put_history, window
from workflows.scope import Scope
from workflows.tools.offer import Offer
from workflows.vision import image_parts, with_images

AGENT_TIMEOUT_S = 3600.0


class AgentTool(NodeConfig):
    """One tool the agent may use."""

    provider: str = Field(default="weft", description="Who keeps the tool: weft for those built in.")
    tool: str = Field(default="", description="The tool's name.", json_schema_extra=widget("tool"))
    description: str = Field(default="", description="When to use it, for the model; empty for the tool's own words.")
    arguments: Arguments = Field(default=[], description="Arguments set here; the model fills in the others.")
    settings: dict[str, Any] = Field(default={}, description="What is set once for the tool, besides its arguments.")
    parameters: dict[str, Any] | None = Field(
        default=None,
        description="A JSON schema of what the model fills in, for a tool that is not built in.",
        json_schema_extra=widget("json-schema"),
    )
    enabled: bool = Field(default=True, json_schema_extra=widget("switch"))


class Config(NodeConfig):
    """Who works, on what, and with which tools."""

    model: Model = Field(default=Model(), json_schema_extra=widget("model"))
    strategy: Literal["function-calling", "react"] = Field(
        default="function-calling",
        description="How tools are called: by the model's own function calls, or in words, which every model can. "
        "A model without function calls is asked in words.",
        json_schema_extra=widget("select"),
    )
    instruction: Template = Field(default="", description="Who the agent is and how it should work.")
    query: Template = Field(default="{{#sys.query#}}", description="The question or the task.")
    tools: list[AgentTool] = Field(default=[], json_schema_extra=widget("tools"))
    max_steps: int = Field(
        default=10,
        ge=1,
        le=100,
        description="How many rounds of thinking and calling tools there may be; then the model is told to answer.",
        json_schema_extra=widget("number"),
    )
    memory: Memory | None = None
    context: Selector | None = Field(default=None, description="Passages the agent is given at the start.")
    vision: Vision | None = None


class Agent(NodeType[Config]):
    """See the module."""

    kind = "agent"
    family = "model"
    config = Config
    effect = "idempotent"
    outputs = (
        Output("text", "string"),
        Output("usage", "object"),
        Output("files", "array[file]"),
        Output("json", "array[object]"),
        Output("steps", "array[object]"),
        Output("passages", "array[object]"),
    )
    streams = ("text",)

    def build(self, config: Config, scope: Scope) -> Step:
        return Step(task=_Agent(config, scope).run, timeout_s=AGENT_TIMEOUT_S)


class _Agent:
    """One compiled agent."""

    def __init__(self, config: Config, scope: Scope) -> None:
        self.config = config
        self.dialect = scope.dialect
        self.asker = Asker(config.model, scope)
        self.instruction = scope.template(config.instruction, "instruction")
        self.query = scope.template(config.query, "query")
        self.context = scope.optional_ref(config.context, "context")
        self.memory = config.memory if config.memory is not None and config.memory.enabled else None
        vision = config.vision if config.vision is not None and config.vision.enabled else None
        self.vision = (scope.ref(vision.selector, "vision.selector"), vision.detail) if vision else None
        offers = [_offer(each, scope, f"tools.{i}.") for i, each in enumerate(config.tools) if each.enabled]
        self.toolbox = Toolbox(offers)
        if not config.query.strip():
            scope.soft_fault("query_empty", "The agent has no question to work on.", "query")

    async def run(self, ctx: Context) -> Result:
        query = self.query.render(ctx.pool)
        given = self.context.get_or_none(ctx.pool) if self.context is not None else None
        instruction = self.instruction.render(ctx.pool).strip()
        like = query + instruction
        images: list[dict[str, Any]] = []
        if self.vision is not None:
            selector, detail = self.vision
            images = await image_parts(ctx, selector.get_or_none(ctx.pool), detail)
        gathered = Gathered(passages=_passages(given))
        system = [instruction]
        if given:
            system.append(wording.of("context", like).format(text=context_text(given)))
        toolbox = self.toolbox.within(ctx)
        inputs = {"query": query, "instruction": instruction, "tools": list(toolbox.offers)}
        work = Run(ctx, self.asker, toolbox, gathered, self.config.max_steps, like)
        by_functions = self.config.strategy == "function-calling"
        if by_functions:
            try:
                outcome = await work.by_functions(self._messages(ctx, system, query, images))
            except NodeError as error:
                if error.code != "model_no_tools" or gathered.steps:
                    raise
                by_functions = False
        if not by_functions:
            specs = toolbox.specs()
            if specs:
                system.insert(0, wording.of("react", like).format(tools=described(specs)))
            outcome = await work.by_words(self._messages(ctx, system, query, images))
        return self._result(outcome, gathered, inputs, "function-calling" if by_functions else "react", ctx)

    def _messages(self, ctx: Context, system: list[str], query: str, images: list[dict[str, Any]]) -> list[Message]:
        memory = self.memory
        history = window(ctx.history, memory.window, memory.max_tokens) if memory is not None else []
        messages = [Message("system", "\n\n".join(filter(None, system))), Message("user", query)]
        return with_images(put_history(messages, history, None), images)

    def _result(
        self, outcome: Outcome, gathered: Gathered, inputs: dict[str, Any], strategy: str, ctx: Context
    ) -> Result:
        outputs = {
            "text": outcome.text,
            "usage": usage_output(outcome.usage, 0.0, self.dialect),
            "files": gathered.files,
            "json": gathered.json,
            "steps": gathered.steps,
            "passages": gathered.passages,
        }
        facts = {**facts_of(outcome), "strategy": strategy}
        if gathered.passages:
            facts["context"] = [ctx.node_id, "passages"]
        return Result(outputs, inputs, usage=outcome.usage, facts=facts)


def _offer(tool: AgentTool, scope: Scope, field: str) -> Offer:
    return Offer(
        tool.provider,
        tool.tool,
        scope,
        arguments=tool.arguments,
        settings=tool.settings,
        description=tool.description,
        parameters=tool.parameters,
        field=field,
    )


def _passages(given: Any) -> list[dict[str, Any]]:
    items = given if isinstance(given, list) else [given]
    return [item for item in items if isinstance(item, dict) and "content" in item]


NODE = Agent()
