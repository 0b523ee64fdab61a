"""Reads what follows the marker that opens a call, one function a form. Text in, calls out; keeps nothing.

A reader is given all that has followed the marker so far, and says how far it could read: None asks for more text,
`BROKEN` that no more text will make a call of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: str
    """JSON text of an object."""


@dataclass(frozen=True, slots=True)
class Found:
    """Calls, and how many characters they took. Broken text has no calls, and becomes text that far."""

    calls: tuple[Call, ...]
    size: int


Schemas = Mapping[str, dict[str, Any]]
"""Tool -> the JSON schema of its arguments."""
Read = Callable[[str, bool, Schemas], Found | None]
"""(what followed, whether no more comes, schemas) -> what was found, or None: more text is needed."""

_JSON = json.JSONDecoder()
_CLOSE = "</tool_call>"
_FUNCTION = re.compile(r"\s*<function=([^>\n]+)>(.*?)</function>\s*</tool_call>", re.DOTALL)
_PARAMETER = re.compile(r"\s*<parameter=([^>\n]+)>\n?(.*?)\n?</parameter>\s*", re.DOTALL)
_NAMED = re.compile(r"\s*([\w.-]+)(?:\[CALL_ID\]\w+)?\[ARGS\]")
_ENDS = "<｜tool▁calls▁end｜>"
_DEEPSEEK = re.compile(r"\s*<｜tool▁call▁begin｜>(.*?)<｜tool▁sep｜>(.*?)<｜tool▁call▁end｜>\s*", re.DOTALL)
_FENCED = re.compile(r"([^\n]+)\n```json\n(.*?)\n?```\s*", re.DOTALL)
_BARE = re.compile(r'\s*\{\s*"name"\s*:')


def hermes(body: str, last: bool, schemas: Schemas) -> Found | None:
    """`{"name": ..., "arguments": {...}}` up to `</tool_call>`, which an answer cut at its end may lack."""
    value, end = _value(body, 0)
    call = _call(value)
    if call is not None:
        rest = body[end:].lstrip()
        if rest.startswith(_CLOSE):
            return Found((call,), len(body) - len(rest) + len(_CLOSE))
        if _CLOSE.startswith(rest):
            return Found((call,), len(body)) if last else None
    return _broken(body, _CLOSE, last)


def qwen_coder(body: str, last: bool, schemas: Schemas) -> Found | None:
    """`<function=NAME><parameter=KEY>value</parameter>...</function></tool_call>`, values typed by the schema."""
    at = body.find(_CLOSE)
    size = at + len(_CLOSE) if at >= 0 else len(body)
    if at < 0 and not last:
        return None
    found = _FUNCTION.match(body[:size])
    if found is None:
        return Found((), size)
    name, inner = found[1].strip(), found[2]
    known = schemas.get(name, {}).get("properties", {})
    arguments: dict[str, Any] = {}
    at = 0
    while at < len(inner.rstrip()):
        parameter = _PARAMETER.match(inner, at)
        if parameter is None:
            return Found((), found.end())
        arguments[parameter[1].strip()] = _typed(parameter[2], known.get(parameter[1].strip(), {}))
        at = parameter.end()
    return Found((Call(name, _text(arguments)),), found.end())


def llama(body: str, last: bool, schemas: Schemas) -> Found | None:
    """`{"name": ..., "parameters": {...}}`, several of them divided by semicolons, up to the answer's end."""
    if not _BARE.match(body):
        wrong = next((at for at in range(1, len(body) + 1) if not _may_become(body[:at])), len(body) if last else None)
        return Found((), wrong) if wrong is not None else None
    if not last:
        return None
    calls: list[Call] = []
    at = 0
    while at < len(body.rstrip()):
        value, end = _value(body, at)
        call = _call(value)
        if call is None:
            return Found((), len(body))
        calls.append(call)
        at = end + len(body[end:]) - len(body[end:].lstrip(" \n;"))
    return Found(tuple(calls), len(body))


def mistral(body: str, last: bool, schemas: Schemas) -> Found | None:
    """`[{"name": ..., "arguments": {...}}, ...]`, or `NAME[ARGS]{...}`."""
    named = _NAMED.match(body)
    value, end = _value(body, named.end() if named else 0)
    if named is not None and isinstance(value, dict):
        return Found((Call(named[1], _text(value)),), end)
    if isinstance(value, list) and value:
        calls = [_call(each) for each in value]
        return Found(tuple(call for call in calls if call) if all(calls) else (), end)
    return Found((), len(body)) if last else None


def deepseek(body: str, last: bool, schemas: Schemas) -> Found | None:
    """Calls between `<｜tool▁call▁begin｜>` and `<｜tool▁call▁end｜>`, up to `<｜tool▁calls▁end｜>`."""
    stop = body.find(_ENDS)
    if stop < 0 and not last:
        return None
    inner, size = (body[:stop], stop + len(_ENDS)) if stop >= 0 else (body, len(body))
    calls: list[Call] = []
    at = 0
    while at < len(inner.rstrip()):
        found = _DEEPSEEK.match(inner, at)
        fenced = _FENCED.fullmatch(found[2]) if found else None
        if found is None:
            return Found((), size)
        name, source = (fenced[1], fenced[2]) if fenced else (found[1], found[2])
        value, end = _value(source, 0)
        if not isinstance(value, dict) or source[end:].strip():
            return Found((), size)
        calls.append(Call(name.strip(), _text(value)))
        at = found.end()
    return Found(tuple(calls), size)


def _value(text: str, at: int) -> tuple[Any, int]:
    """The JSON value at `at`, blanks skipped, and where it ends; None when there is no whole one."""
    begin = at + len(text[at:]) - len(text[at:].lstrip())
    try:
        return _JSON.raw_decode(text, begin)
    except (ValueError, RecursionError):
        return None, at


def _call(value: Any) -> Call | None:
    """A call in the form most families share; None when it is none."""
    if not isinstance(value, dict) or not isinstance(value.get("name"), str) or not value["name"]:
        return None
    arguments = value.get("arguments", value.get("parameters", {}))
    if isinstance(arguments, str):
        arguments, _ = _value(arguments, 0)
    return Call(value["name"], _text(arguments)) if isinstance(arguments, dict) else None


def _broken(body: str, close: str, last: bool) -> Found | None:
    """Text that ends at a `close` which is in no string of its JSON, or with the answer."""
    at = body.find(close)
    while at >= 0:
        if not _in_string(body[:at]):
            return Found((), at + len(close))
        at = body.find(close, at + 1)
    return Found((), len(body)) if last else None


def _in_string(text: str) -> bool:
    return len(re.findall(r'(?:\\.|[^"\\])*"', text, re.DOTALL)) % 2 == 1


def _may_become(begun: str) -> bool:
    """May it still grow into `{"name":`, however blanks are set?"""
    return '{"name":'.startswith("".join(begun.split())) or _BARE.match(begun) is not None


def _typed(text: str, schema: Any) -> Any:
    """A parameter's value: text where the schema wants that or nothing else fits, else the JSON it reads as."""
    if isinstance(schema, dict) and schema.get("type") == "string":
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _text(arguments: dict[str, Any]) -> str:
    return json.dumps(arguments, ensure_ascii=False)
