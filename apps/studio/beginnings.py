"""How the prompts of a published graph begin, before anything that varies: what the built-in server can compute before
the first run.

Pure: knows documents and prompts; sends nothing. Of what a model's template puts around the messages it knows nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from workflows import load
from workflows.nodes.llm import Config, PromptMessage
from workflows.tokens import estimate_tokens

MIN_TOKENS = 64
"""About a page of the server's cache: it keeps no less."""
_VARIABLE = {"basic": re.compile(r"\{\{#"), "jinja2": re.compile(r"\s*\{[{%#]")}

Messages = list[dict[str, str]]


class Beginning(NamedTuple):
    """The last message may go on; the others are whole."""

    node_id: str
    model: str
    messages: Messages


def beginnings(document: Mapping[str, Any], provider: str) -> list[Beginning]:
    """Those of the llm nodes that ask models of `provider`, and that are long enough to be worth it."""
    found = []
    for node in load(dict(document)).nodes:
        if node.kind != "llm":
            continue
        config = Config.model_validate(node.config)
        messages = beginning_of(config) if config.model.provider == provider and config.model.name else []
        if estimate_tokens("".join(each["content"] for each in messages)) >= MIN_TOKENS:
            found.append(Beginning(node.id, config.model.name, messages))
    return found


def beginning_of(config: Config) -> Messages:
    """The messages up to the first variable, or to where the conversation is put in."""
    if config.mode == "completion":
        parts = [text for _, text, _ in _fixed(config.prompt)]
        return [{"role": "user", "content": "\n\n".join(parts)}] if any(parts) else []
    remembers = config.memory is not None and config.memory.enabled
    asked_apart = config.memory is not None and config.memory.query is not None
    users = [at for at, each in enumerate(config.prompt) if each.role == "user"]
    until = users[-1] if remembers and users and not asked_apart else len(config.prompt)
    messages: Messages = []
    for message, text, is_whole in _fixed(config.prompt[:until]):
        if text or not is_whole:
            messages.append({"role": message.role, "content": text})
        if not is_whole:
            return messages
    return [*messages, {"role": "user", "content": ""}] if remembers else messages


def _fixed(prompt: list[PromptMessage]) -> Iterator[tuple[PromptMessage, str, bool]]:
    """Each message with its text up to the first variable, and whether that is all. One that varies is the last."""
    for message in prompt:
        variable = _VARIABLE[message.syntax].search(message.text)
        if variable is not None:
            yield message, message.text[: variable.start()], False
            return
        yield message, message.text, True
