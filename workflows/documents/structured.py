"""JSON, JSON Lines and YAML as something to read: records as rows, the rest as indented `name: value` lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import yaml

from workflows.documents.blocks import Draft
from workflows.documents.errors import ParseError
from workflows.documents.parsed import Outline, Parsed
from workflows.documents.plain import lines_of

PART_LINES = 2000
_MAX_DEPTH = 100
_MAX_VALUES = 2_000_000
_MAX_COLUMNS = 200
_MAX_YAML_BYTES = 4 * 1024 * 1024
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def json_value(data: bytes) -> Any:
    try:
        return json.loads(lines_of(data))
    except ValueError as exc:
        raise ParseError("parse_failed", f"The file is no JSON: {exc}.") from exc


def yaml_values(data: bytes) -> list[Any]:
    if len(data) > _MAX_YAML_BYTES:
        raise ParseError("parse_too_large", "The YAML file is larger than 4 MB. Split it, or save it as JSON.")
    try:
        return list(yaml.load_all(lines_of(data), Loader=_Loader))
    except (yaml.YAMLError, ValueError) as exc:
        reason = " ".join(str(exc).split())[:200]
        raise ParseError("parse_failed", f"The file is no YAML: {reason}.") from exc


def parse_json(data: bytes) -> Parsed:
    draft = Draft()
    _Writer(draft).write(json_value(data))
    return Parsed(draft.blocks)


def parse_yaml(data: bytes) -> Parsed:
    draft = Draft()
    writer = _Writer(draft)
    for value in yaml_values(data):
        writer.write(value)
    return Parsed(draft.blocks)


def outline_jsonl(data: bytes) -> Outline:
    return Outline.of("row", lines_of(data).count("\n") + 1, PART_LINES)


def parse_jsonl(data: bytes, first: int, last: int) -> Parsed:
    """Every line is a record of its own; a line that is none is kept as text."""
    draft = Draft()
    writer = _Writer(draft)
    for number, line in enumerate(lines_of(data).split("\n"), start=1):
        if number > last:
            break
        if number < first or not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError:
            draft.add(line)
            continue
        if _is_record(value):
            draft.add_row([str(key) for key in value], [_scalar(each) for each in value.values()])
        else:
            draft.add("\n".join(writer.lines(value, 0)))
    return Parsed(draft.blocks)


class _Writer:
    """Values as blocks; counts them, since a small file may stand for an endless one."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._values = 0

    def write(self, value: Any, level: int = 1) -> None:
        """A value near the root: its larger members become sections under their names."""
        if isinstance(value, dict) and not _is_record(value) and level <= 3:
            small = {key: each for key, each in value.items() if not _is_container(each)}
            if small:
                self._draft.add("\n".join(self.lines(small, 0)))
            for key, each in value.items():
                if key not in small:
                    self._draft.add(str(key), "heading", level)
                    self.write(each, level + 1)
        elif isinstance(value, list) and value and all(map(_is_record, value)) and _columns(value):
            columns = _columns(value)
            for record in value:
                self._count(len(record))
                self._draft.add_row(columns, [_scalar(record.get(name, "")) for name in columns])
        elif isinstance(value, list) and any(map(_is_container, value)):
            for each in value:
                self._draft.add("\n".join(self.lines(each, 0)))
        else:
            kind: Any = "list" if isinstance(value, list) else "text"
            self._draft.add("\n".join(self.lines(value, 0)), kind)

    def lines(self, value: Any, depth: int) -> Iterator[str]:
        """`name: value`, deeper ones indented."""
        self._count(1)
        if depth > _MAX_DEPTH:
            raise ParseError("parse_failed", "The file is nested too deeply to be read.")
        indent = "  " * depth
        if isinstance(value, dict):
            for key, each in value.items():
                if _is_container(each) and each:
                    yield f"{indent}{key}:"
                    yield from self.lines(each, depth + 1)
                else:
                    self._count(1)
                    yield f"{indent}{key}: {_scalar(each)}"
        elif isinstance(value, list):
            for each in value:
                if _is_container(each) and each:
                    inner = list(self.lines(each, depth + 1))
                    yield f"{indent}- {inner[0].lstrip()}"
                    yield from inner[1:]
                else:
                    self._count(1)
                    yield f"{indent}- {_scalar(each)}"
        else:
            yield f"{indent}{_scalar(value)}"

    def _count(self, values: int) -> None:
        self._values += values
        if self._values > _MAX_VALUES:
            raise ParseError("parse_too_large", f"The file holds more than {_MAX_VALUES:,} values. Split it.")


def _is_container(value: Any) -> bool:
    return isinstance(value, dict | list)


def _is_record(value: Any) -> bool:
    """Names with plain values."""
    return isinstance(value, dict) and bool(value) and not any(map(_is_container, value.values()))


def _columns(records: list[dict[str, Any]]) -> list[str]:
    """All their names in order; none when they have too many between them to be one table."""
    names = dict.fromkeys(str(name) for record in records for name in record)
    return list(names) if len(records) > 1 and len(names) <= _MAX_COLUMNS else []


def _scalar(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if not _is_container(value) else ("{}" if isinstance(value, dict) else "[]")
