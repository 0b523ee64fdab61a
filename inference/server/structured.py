"""What an answer must look like: response formats, choices and tools of a request, within limits.

Knows their JSON; nothing of how a constraint is kept.
"""

from __future__ import annotations

import json
import re
from typing import Any

from inference.errors import BadRequest
from inference.request import Grammar, Tool, ToolChoice
from inference.server.enums import texts_of
from inference.server.protocol import ChatRequest, Generation, StructuredOutputs

MAX_SCHEMA_BYTES = 64 * 1024
MAX_SCHEMA_DEPTH = 32
MAX_GRAMMAR_CHARS = 64 * 1024
MAX_CHOICES = 1024
MAX_TOOLS = 128


def grammar(request: Generation) -> Grammar | None:
    """The one constraint a request names by `response_format` or `structured_outputs`; None for free text."""
    formatted = _formatted(request.response_format) if request.response_format is not None else None
    structured = _structured(request.structured_outputs) if request.structured_outputs is not None else None
    if formatted is not None and structured is not None:
        raise BadRequest(
            "invalid_field", "Give either response_format or structured_outputs.", param="structured_outputs"
        )
    return formatted or structured


def tools(request: ChatRequest) -> tuple[tuple[Tool, ...], ToolChoice]:
    """The functions the model may call, and whether it must. A choice by name leaves that function alone."""
    if request.functions or request.function_call is not None:
        raise BadRequest(
            "unsupported_parameter", "functions and function_call are gone from OpenAI's API; use tools.", param="tools"
        )
    given = request.tools or []
    if len(given) > MAX_TOOLS:
        raise BadRequest("too_many_tools", f"tools has {len(given)} entries; at most {MAX_TOOLS}.", param="tools")
    known = tuple(_tool(each, at) for at, each in enumerate(given))
    choice = request.tool_choice if request.tool_choice is not None else "auto" if known else "none"
    if choice == "none":
        return known, "none"
    if choice == "auto":
        return known, "auto"
    if not known:
        raise BadRequest("invalid_field", "tool_choice asks for a call and tools is empty.", param="tool_choice")
    return (known if choice == "required" else (_named(choice, known),)), "required"


def schema_text(schema: object, place: str) -> str:
    """A JSON schema as text. Raises BadRequest when it is no schema, too long, or nested too deep."""
    if not isinstance(schema, dict | bool):
        raise BadRequest("invalid_schema", f"{place} is no JSON schema; an object is expected.", param=place)
    if _depth(schema) > MAX_SCHEMA_DEPTH:
        raise BadRequest(
            "schema_too_deep", f"{place} is nested deeper than {MAX_SCHEMA_DEPTH} levels; make it flatter.", param=place
        )
    text = json.dumps(schema, ensure_ascii=False, separators=(",", ":"))
    if len(text.encode()) > MAX_SCHEMA_BYTES:
        raise BadRequest(
            "schema_too_large", f"{place} takes {len(text.encode())} bytes; at most {MAX_SCHEMA_BYTES}.", param=place
        )
    return text


def _formatted(given: dict[str, Any]) -> Grammar | None:
    kind = given.get("type")
    if kind == "text":
        return None
    if kind == "json_object":
        return Grammar("json_object")
    if kind == "json_schema" and isinstance(given.get("json_schema"), dict):
        return _by_schema(given["json_schema"].get("schema"), "response_format")
    raise BadRequest(
        "invalid_field",
        f"response_format has type {kind!r}; it must be 'text', 'json_object', or 'json_schema' with "
        "json_schema.schema.",
        param="response_format",
    )


def _structured(given: StructuredOutputs) -> Grammar:
    found = []
    if given.choice is not None:
        found.append(Grammar("choice", options=_options(given.choice)))
    if given.json is not None:
        found.append(_by_schema(given.json, "structured_outputs.json"))
    for kind, text in (("regex", given.regex), ("lark", given.grammar)):
        if text is not None:
            found.append(Grammar("regex" if kind == "regex" else "lark", _bounded(text)))
    if len(found) != 1:
        raise BadRequest(
            "invalid_field", "structured_outputs takes one of choice, json, regex, grammar.", param="structured_outputs"
        )
    return found[0]


def _by_schema(schema: object, place: str) -> Grammar:
    text = schema_text(schema, place)
    texts = texts_of(schema)
    return Grammar("choice", options=texts) if 0 < len(texts) <= MAX_CHOICES else Grammar("json_schema", text)


def _options(choice: list[str]) -> tuple[str, ...]:
    if not 1 <= len(choice) <= MAX_CHOICES or not all(choice) or len(set(choice)) != len(choice):
        raise BadRequest(
            "invalid_field",
            f"structured_outputs.choice takes 1 to {MAX_CHOICES} different texts, none empty.",
            param="structured_outputs.choice",
        )
    return tuple(_bounded(option) for option in choice)


def _bounded(text: str) -> str:
    if len(text) > MAX_GRAMMAR_CHARS:
        raise BadRequest(
            "schema_too_large",
            f"structured_outputs has a text of {len(text)} characters; at most {MAX_GRAMMAR_CHARS}.",
            param="structured_outputs",
        )
    return text


_NOT_IN_NAMES = re.compile(r"[\s\x00-\x1f\"\\<>{}]")
"""What would end a name in one of the forms in which models write calls."""


def _tool(given: dict[str, Any], at: int) -> Tool:
    function = given.get("function", given)
    if given.get("type", "function") != "function" or not isinstance(function, dict):
        raise BadRequest(
            "tool_unsupported",
            f"tools[{at}] has type {given.get('type')!r}; functions alone are served.",
            param="tools",
        )
    name = function.get("name")
    if not isinstance(name, str) or not name:
        raise BadRequest("invalid_field", f"tools[{at}] has no function name.", param="tools")
    if _NOT_IN_NAMES.search(name):
        message = f"tools[{at}] is called {name!r}; leave out quotes, brackets, backslashes, blanks and line breaks."
        raise BadRequest("invalid_field", message, param="tools")
    parameters = function.get("parameters") or {"type": "object"}
    if not isinstance(parameters, dict) or not isinstance(parameters.get("properties", {}), dict):
        raise BadRequest(
            "invalid_schema", f"tools[{at}].function.parameters is no JSON schema of an object.", param="tools"
        )
    return Tool(
        name,
        str(function.get("description") or ""),
        schema_text(parameters, f"tools[{at}].function.parameters"),
        strict=bool(function.get("strict")),
    )


def _named(choice: str | dict[str, Any], known: tuple[Tool, ...]) -> Tool:
    function = choice.get("function", choice) if isinstance(choice, dict) else {}
    name = function.get("name") if isinstance(function, dict) else None
    found = next((tool for tool in known if tool.name == name), None)
    if found is None:
        raise BadRequest(
            "invalid_field",
            f"tool_choice is {choice!r}; 'none', 'auto', 'required' or the name of one of tools is expected.",
            param="tool_choice",
        )
    return found


def _depth(value: object) -> int:
    """Nesting of objects and lists, without recursion: the value comes from outside."""
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        current, depth = waiting.pop()
        deepest = max(deepest, depth)
        inner = current.values() if isinstance(current, dict) else current if isinstance(current, list) else ()
        waiting += [(each, depth + 1) for each in inner]
    return deepest
