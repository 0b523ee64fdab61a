"""Renders a conversation with the model directory's own template, in Jinja's sandbox.

Knows no tokenizer and no model.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from inference.errors import BadRequest, ModelLoadError
from inference.loader import read_json
from inference.request import Turn


class ChatTemplate:
    """A compiled template with the special tokens it may name."""

    def __init__(self, source: str, special_tokens: dict[str, str], *, place: Path) -> None:
        # jinja2 costs 15 MB; servers without a generative model never import it.
        from jinja2 import TemplateSyntaxError
        from jinja2.ext import loopcontrols
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
        environment.filters["tojson"] = _to_json
        environment.globals["raise_exception"] = _refuse
        environment.globals["strftime_now"] = _now
        try:
            self._template = environment.from_string(source)
        except TemplateSyntaxError as error:
            raise ModelLoadError(
                "model_corrupt", f"{place} has a chat template that does not parse: {error}"
            ) from error
        self._special_tokens = special_tokens
        self.source = source

    def render(self, turns: Sequence[Turn], arguments: dict[str, Any]) -> str:
        """The prompt, up to where the assistant speaks.

        Raises BadRequest when the template refuses the conversation.
        """
        from jinja2 import TemplateError

        messages = [_message(turn) for turn in turns]
        try:
            return self._template.render(
                {**self._special_tokens, "add_generation_prompt": True, **arguments, "messages": messages}
            )
        except (TemplateError, TypeError, ValueError) as error:
            raise BadRequest(
                "template_refused", f"The model's chat template refuses these messages: {error}", param="messages"
            ) from error


def load_chat_template(directory: Path) -> ChatTemplate | None:
    """The directory's template: `chat_template.jinja`, else the one in `tokenizer_config.json`; None when it has
    none.
    """
    config = read_json(directory, "tokenizer_config.json", required=False)
    path = directory / "chat_template.jinja"
    source = path.read_text("utf-8") if path.is_file() else _configured(config.get("chat_template"))
    return ChatTemplate(source, _special_tokens(config), place=directory) if source else None


def _message(turn: Turn) -> dict[str, Any]:
    """As templates on the hub expect it: a call's arguments are an object."""
    message: dict[str, Any] = {"role": turn.role, "content": turn.content}
    if turn.tool_calls:
        message["tool_calls"] = [
            {
                "id": call.call_id,
                "type": "function",
                "function": {"name": call.name, "arguments": _read(call.arguments)},
            }
            for call in turn.tool_calls
        ]
    named = {"name": turn.name, "reasoning_content": turn.reasoning, "tool_call_id": turn.tool_call_id}
    return message | {name: value for name, value in named.items() if value}


def _read(arguments: str) -> Any:
    try:
        return json.loads(arguments)
    except ValueError:
        return arguments


def _configured(template: object) -> str | None:
    """A string, or a list of named templates of which "default" is for plain chat."""
    if isinstance(template, list):
        return next((str(each["template"]) for each in template if each.get("name") == "default"), None)
    return template if isinstance(template, str) else None


def _special_tokens(config: dict[str, Any]) -> dict[str, str]:
    tokens = {}
    for name in ("bos_token", "eos_token", "unk_token", "pad_token"):
        value = config.get(name)
        text = value.get("content") if isinstance(value, dict) else value
        if isinstance(text, str):
            tokens[name] = text
    return tokens


def _to_json(value: object, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _now(layout: str) -> str:
    return datetime.datetime.now(tz=datetime.UTC).strftime(layout)


def _refuse(message: str) -> None:
    raise ValueError(message)
