"""YAML and JSON text to plain values, and back.

Knows text and its dangers (size, depth, aliases that grow, dates that are no JSON); knows nothing of workflows.
"""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from workflows.errors import DefinitionError, Fault
from workflows.values import clean

MAX_BYTES = 10 * 1024 * 1024
_MAX_VALUES = 1_000_000
_MAX_DEPTH = 200
_BRACKET = re.compile(r"[\[\]{}]")
_DEEP_LINE = re.compile(r"(?m)^[ \t]{90,}|(?:[-?:][ \t]+(?:[!&]\S*[ \t]+)*){50,}")


class _Loader(yaml.CSafeLoader):
    """Safe YAML without dates: they stay text, as JSON needs."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def parse(text: str | bytes) -> Any:
    """The value of a YAML or JSON text. Raises DefinitionError with a sentence and, where known, the line."""
    if len(text) > MAX_BYTES:
        raise _unreadable(f"The file is larger than {MAX_BYTES // 1024 // 1024} MB.")
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise _unreadable("The file is not UTF-8 text.") from error
    value = _parse(text)
    _check_size(value)
    return clean(value)


def _parse(text: str) -> Any:
    if text.lstrip()[:1] in "{[":
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            pass  # Flow-style YAML looks like this too.
    try:
        _check_depth(text)
        return yaml.load(text, _Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise _unreadable(f"The file is no valid YAML{where}: {error.problem}.") from error
    except (yaml.YAMLError, ValueError, OverflowError, TypeError, RecursionError, MemoryError) as error:
        raise _unreadable(f"The file is no valid YAML: {str(error)[:200]}.") from error


def _check_depth(text: str) -> None:
    """Refuse deep nesting before composing: libyaml's composer recurses without a guard and would crash the process.

    Counting brackets and leading indicators bounds the depth cheaply; only a suspicious text is looked at in full.
    """
    depth = deepest = 0
    for bracket in _BRACKET.finditer(text):
        depth = depth + 1 if bracket.group() in "[{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    if deepest < _MAX_DEPTH // 2 and not _DEEP_LINE.search(text):
        return
    depth = 0
    for event in yaml.parse(text, yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _MAX_DEPTH:
                raise _unreadable("The file is nested too deeply.")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _check_size(value: Any) -> None:
    """Aliases let a small text stand for a huge or an endless value: count what it stands for."""
    pending: list[tuple[Any, int]] = [(value, 0)]
    seen = 0
    while pending:
        item, depth = pending.pop()
        seen += 1
        if seen > _MAX_VALUES or depth > _MAX_DEPTH:
            raise _unreadable("The file holds too many values or is nested too deeply.")
        if isinstance(item, dict):
            pending += [(child, depth + 1) for child in item.values()]
        elif isinstance(item, (list, tuple, set)):
            pending += [(child, depth + 1) for child in item]


def _unreadable(message: str) -> DefinitionError:
    return DefinitionError([Fault("file_unreadable", message)])


class Flow(dict[str, Any]):
    """A mapping written on one line."""


class _Dumper(yaml.SafeDumper):
    """Long texts as blocks, lists indented under their key, no aliases."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    # These count as line breaks or marks in YAML; only a double-quoted text writes them as escapes.
    odd = any(char in text for char in "\r\x85\u2028\u2029\ufeff")
    style = '"' if odd else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _flow(dumper: yaml.SafeDumper, value: Flow) -> yaml.Node:
    return dumper.represent_mapping("tag:yaml.org,2002:map", value.items(), flow_style=True)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Flow, _flow)


def write(value: Any) -> str:
    """Canonical YAML: keys in their order, texts of several lines as blocks, Unicode as it is."""
    return str(yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=4096))
