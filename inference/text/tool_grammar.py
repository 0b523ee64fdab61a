"""The grammar of calls, as a family's template writes them. Knows no tokens but the marks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from inference.request import Grammar, Tool
from inference.text.grammar import JSON_OPTIONS
from inference.text.parsing.families import CallForm


def tool_grammar(form: CallForm, tools: Sequence[Tool], *, parallel: bool, special: Mapping[str, int]) -> Grammar:
    """Of an answer that must call tools: one call or, where `parallel`, several. `special`: marks that are special
    tokens, with their ids."""
    first, between, after = (_literal(part, special) for part in form.around)
    more = f"({between} call)*" if parallel else ""
    return _grammar(f"{first} call {more} {after}", form, form.begin[0], tools, special)


def begun_grammar(form: CallForm, tools: Sequence[Tool], *, parallel: bool, special: Mapping[str, int]) -> Grammar:
    """Of what follows `form.opens` in an answer that may call tools. Arguments of tools that are not strict are any
    object, where the family writes JSON."""
    bound = [tool if tool.strict or form.xml else replace(tool, parameters='{"type": "object"}') for tool in tools]
    if form.begin[0].startswith(form.opens):
        # each call is opened anew
        return _grammar("call", form, form.begin[0].removeprefix(form.opens), bound, special)
    first, between, after = (_literal(part.removeprefix(form.opens), special) for part in form.around)
    more = f"({between} call)*" if parallel else ""
    return _grammar(f"{first} call {more} {after}", form, form.begin[0], bound, special)


def _grammar(start: str, form: CallForm, begin: str, tools: Sequence[Tool], special: Mapping[str, int]) -> Grammar:
    """`begin` is what a call has before its name."""
    rules = [f"start: {start}", "call: " + " | ".join(f"call_{at}" for at in range(len(tools)))]
    for at, tool in enumerate(tools):
        named = _literal(f"{begin}{tool.name}{form.begin[1]}", special)
        schema = json.loads(tool.parameters)
        body = _elements(schema) if form.xml else _json(schema)
        rules.append(f"call_{at}: {named} {body} {_literal(form.end, special)}")
    return Grammar("lark", "\n".join(rules))


def _literal(text: str, special: Mapping[str, int]) -> str:
    """Text as terminals, its special tokens by their ids."""
    found = [(at, mark) for mark in special if (at := text.find(mark)) >= 0]
    if not found:
        return json.dumps(text, ensure_ascii=False) if text else ""
    at, mark = min(found)
    return f"{_literal(text[:at], special)} <[{special[mark]}]> {_literal(text[at + len(mark) :], special)}"


def _json(schema: Any) -> str:
    return "%json " + json.dumps({**(schema if isinstance(schema, dict) else {}), "x-guidance": JSON_OPTIONS})


def _elements(schema: dict[str, Any]) -> str:
    """Parameters in the schema's order, those not required once or never. Texts have no `<`, and of their schema the
    lengths alone are kept."""
    parts = []
    required = schema.get("required")
    # each value is a schema of its own, and refers to what the whole one defines
    shared = {key: schema[key] for key in ("$defs", "definitions") if key in schema}
    for name, each in schema.get("properties", {}).items():
        free = isinstance(each, dict) and each.get("type") == "string" and "enum" not in each
        value = _text(each) if free else _json({**shared, **each} if isinstance(each, dict) else each)
        part = (
            f"({json.dumps(f'<parameter={name}>' + chr(10))} {value} {json.dumps(chr(10) + '</parameter>' + chr(10))})"
        )
        parts.append(part if isinstance(required, list) and name in required else part + "?")
    return " ".join(parts)


def _text(schema: dict[str, Any]) -> str:
    return f"/[^<]{{{schema.get('minLength', 0)},{schema.get('maxLength', '')}}}/"
