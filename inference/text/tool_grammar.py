"""The grammar of an answer that must call tools, as a family's template writes calls. Knows no tokens but the marks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from inference.request import Grammar, Tool
from inference.text.grammar import JSON_OPTIONS
from inference.text.parsing.families import CallForm


def tool_grammar(form: CallForm, tools: Sequence[Tool], *, parallel: bool, special: Mapping[str, int]) -> Grammar:
    """One call or, where `parallel`, several. `special`: marks that are special tokens, with their ids."""
    first, between, after = (_literal(part, special) for part in form.around)
    names = " | ".join(f"call_{at}" for at in range(len(tools)))
    more = f"({between} call)*" if parallel else ""
    rules = [f"start: {first} call {more} {after}", f"call: {names}"]
    for at, tool in enumerate(tools):
        begin = _literal(f"{form.begin[0]}{tool.name}{form.begin[1]}", special)
        schema = json.loads(tool.parameters)
        body = _elements(schema) if form.xml else _json(schema)
        rules.append(f"call_{at}: {begin} {body} {_literal(form.end, special)}")
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
    required = schema.get("required", [])
    for name, each in schema.get("properties", {}).items():
        free = isinstance(each, dict) and each.get("type") == "string" and "enum" not in each
        value = _text(each) if free else _json(each)
        part = (
            f"({json.dumps(f'<parameter={name}>' + chr(10))} {value} {json.dumps(chr(10) + '</parameter>' + chr(10))})"
        )
        parts.append(part if name in required else part + "?")
    return " ".join(parts)


def _text(schema: dict[str, Any]) -> str:
    return f"/[^<]{{{schema.get('minLength', 0)},{schema.get('maxLength', '')}}}/"
