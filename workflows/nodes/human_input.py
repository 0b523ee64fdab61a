"""Human input: shows a form and waits until somebody answers it, or until time is up.

Knows its form and ways out; who is shown it and may answer is the host's business, which checks an answer with
`workflows.forms` before the run hears of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from pydantic import Field

from workflows.context import Context
from workflows.errors import NodeError
from workflows.forms import TIMEOUT, Action, Delivery, FormField, fill_in, places, read_submission
from workflows.kinds import NodeType, Output, Result, Step, Waiting
from workflows.nodes.fields import NodeConfig, Template, duplicates, widget
from workflows.ports import Signal
from workflows.scope import Scope
from workflows.template import Ref, split
from workflows.template import Template as CompiledTemplate

_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}
_HEADS = ("$output", "$outputs")
_ALWAYS = (
    Output("__action_id", "string"),
    Output("__action_value", "string"),
    Output("__rendered_content", "string"),
)


class Timeout(NodeConfig):
    """How long the form may be answered."""

    amount: int = Field(default=36, ge=1, le=10_000, json_schema_extra=widget("number"))
    unit: Literal["minute", "hour", "day"] = Field(default="hour", json_schema_extra=widget("select"))


class Config(NodeConfig):
    """The form, its buttons, and how people learn of it."""

    form: Template = Field(default="", description="Markdown; `{{#$output.name#}}` shows the field of that name.")
    fields: list[FormField] = Field(default=[], json_schema_extra=widget("form-fields"))
    actions: list[Action] = Field(default=[], json_schema_extra=widget("actions"))
    timeout: Timeout | None = None
    delivery: list[Delivery] = Field(default=[Delivery()], json_schema_extra=widget("delivery"))


class HumanInput(NodeType[Config]):
    """See the module."""

    kind = "human-input"
    family = "human"
    config = Config
    outputs = _ALWAYS
    handles = "actions"

    def outputs_of(self, config: Config) -> dict[str, str] | None:
        fields = {field.name: _TYPES.get(field.type, "string") for field in config.fields}
        return {**fields, **{output.name: output.type for output in _ALWAYS}}

    def handles_of(self, config: Config) -> tuple[str, ...] | None:
        timeout = (TIMEOUT,) if config.timeout is not None else ()
        return (*(action.id for action in config.actions), *timeout)

    def fresh(self) -> dict[str, Any]:
        timeout, action = Timeout(), Action(id="submit", title="Submit", style="primary")
        return Config(actions=[action], timeout=timeout).model_dump(mode="json")

    def build(self, config: Config, scope: Scope) -> Step:
        _check(config, scope)
        content = _template(config.form, scope, "form", _HEADS)
        fields = [_compile_field(field, scope, f"fields.{i}") for i, field in enumerate(config.fields)]
        deliveries = [
            _compile_delivery(row, scope, f"delivery.{i}") for i, row in enumerate(config.delivery) if row.enabled
        ]
        actions = [{**row.model_dump(), "title": row.title or row.id} for row in config.actions]
        seconds = config.timeout.amount * _SECONDS[config.timeout.unit] if config.timeout else None

        def run(ctx: Context) -> Waiting:
            pool = ctx.pool
            wait = {
                "type": "form",
                "expires_at": None if seconds is None else round(ctx.ports.clock.now() + seconds, 3),
                "content": content.render_markdown(pool),
                "fields": [resolve(ctx) for resolve in fields],
                "actions": actions,
                "delivery": [resolve(ctx) for resolve in deliveries],
            }
            return Waiting(wait, {"content": wait["content"]})

        return Step(inline=run, resume=_resume)


def _resume(ctx: Context, wait: dict[str, Any], signal: Signal) -> Result:
    if signal.type == "timeout":
        values: dict[str, Any] = {field["name"]: None for field in wait["fields"]}
        return _result(wait, values, TIMEOUT, "")
    action = str(signal.data.get("action", ""))
    try:
        values = read_submission(wait, signal.data.get("values") or {}, action)
    except ValueError as error:
        raise NodeError("submission_invalid", str(error), retryable=False) from error
    title = next(str(row["title"]) for row in wait["actions"] if row["id"] == action)
    return _result(wait, values, action, title)


def _result(wait: dict[str, Any], values: dict[str, Any], action: str, title: str) -> Result:
    rendered = fill_in(wait["content"], values)
    outputs = {**values, "__action_id": action, "__action_value": title, "__rendered_content": rendered}
    return Result(outputs, {"content": wait["content"]}, handle=action)


def _check(config: Config, scope: Scope) -> None:
    if not config.actions:
        scope.soft_fault("actions_missing", "The form has no button, so nobody could answer it.", "actions")
    for name in duplicates(field.name for field in config.fields):
        scope.soft_fault("name_duplicate", f"Two fields are called {name!r}.", "fields")
    for action_id in duplicates(action.id for action in config.actions):
        scope.soft_fault("action_duplicate", f"Two buttons have the id {action_id!r}.", "actions")
    known = {field.name for field in config.fields}
    for name in places(config.form):
        if name not in known:
            scope.fault("field_unknown", f"The form shows {name!r}, which is none of its fields.", "form", "warning")


def _template(text: str, scope: Scope, field: str, left: tuple[str, ...] = ("url",)) -> CompiledTemplate:
    """Compile a template, leaving references whose head is in `left` as they are: they are filled in later."""

    def resolve(selector: list[str]) -> Ref | None:
        return None if selector[0] in left else scope.ref(selector, field)

    return CompiledTemplate(split(text, resolve), scope.dialect)


Resolve = Callable[[Context], dict[str, Any]]


def _compile_delivery(row: Delivery, scope: Scope, where: str) -> Resolve:
    """A function that gives the delivery with its texts as they are at run time."""
    subject, body = _template(row.subject, scope, f"{where}.subject"), _template(row.body, scope, f"{where}.body")
    fixed = row.model_dump(exclude={"enabled"})
    return lambda ctx: {**fixed, "subject": subject.render(ctx.pool), "body": body.render(ctx.pool)}


def _compile_field(field: FormField, scope: Scope, where: str) -> Resolve:
    """A function that gives the field with its default and its options as they are at run time."""
    default = scope.optional_ref(field.default_from, f"{where}.default_from")
    options = scope.optional_ref(field.options_from, f"{where}.options_from")
    fixed = field.model_dump(exclude={"default_from", "options_from"}, exclude_none=True)
    fixed["label"] = field.label or field.name

    def resolve(ctx: Context) -> dict[str, Any]:
        resolved = dict(fixed)
        if default is not None:
            resolved["default"] = default.get_or_none(ctx.pool)
        if options is not None:
            found = options.get_or_none(ctx.pool)
            resolved["options"] = [str(option) for option in found] if isinstance(found, list) else []
        return resolved

    return resolve


_TYPES = {"number": "number", "file": "file", "file-list": "array[file]"}

NODE = HumanInput()
