"""Dify's start, end, answer and notes."""

from __future__ import annotations

from typing import get_args

from workflows.dsl.dify import lexical
from workflows.dsl.dify.kinds.base import Config, Kind, Source, rows_data
from workflows.dsl.dify.loose import decoded, mapping, mappings, text, texts, whole
from workflows.nodes.start import FileType

INPUT_TYPES = {
    "text-input": "text",
    "paragraph": "paragraph",
    "select": "select",
    "number": "number",
    "checkbox": "checkbox",
    "file": "file",
    "file-list": "file-list",
    "json_object": "json",
    "json": "json",
}
_DIFY_TYPES = {weft: dify for dify, weft in reversed(INPUT_TYPES.items())}


def _read_start(source: Source) -> Config:
    variables = []
    for row in mappings(source.data.get("variables")):
        name = text(row.get("variable"))
        if not source.usable(name, "variables"):
            continue
        kind = text(row.get("type"))
        if kind not in INPUT_TYPES:
            message = f"The input {name!r} has the type {kind!r}, which is read as a text."
            source.warn("input_type_changed", message, "variables")
        length = whole(row.get("max_length"), 0)
        variables.append(
            {
                "name": name,
                "label": text(row.get("label")),
                "type": INPUT_TYPES.get(kind, "text"),
                "required": row.get("required") is True,
                "default": None if row.get("default") == "" else row.get("default"),
                "max_length": length if length > 0 else None,
                "options": texts(row.get("options")),
                "description": text(row.get("description")) or text(row.get("hint")),
                "hide": row.get("hide") is True,
                **_read_limits(row, INPUT_TYPES.get(kind, "text")),
            }
        )
    return {"variables": variables}


_FILE_LIMITS = {
    "allowed_file_types": get_args(FileType),
    "allowed_file_upload_methods": ("local_file", "remote_url"),
}


def _read_limits(row: Config, kind: str) -> Config:
    """What only inputs of one kind have; Dify writes it at all of them."""
    if kind == "json":
        return {"json_schema": mapping(decoded(row.get("json_schema"))) or None}
    if kind not in ("file", "file-list"):
        return {}
    known = {key: [each for each in texts(row.get(key)) if each in allowed] for key, allowed in _FILE_LIMITS.items()}
    custom = "custom" in known["allowed_file_types"]
    return {**known, "allowed_file_extensions": texts(row.get("allowed_file_extensions")) if custom else []}


_OPTIONAL = ("description", "hide", "json_schema", "allowed_file_extensions", *_FILE_LIMITS)


def _write_start(config: Config) -> Config:
    variables = []
    for row in mappings(config.get("variables")):
        data = {
            "variable": row.get("name"),
            "label": row.get("label", ""),
            "type": _DIFY_TYPES.get(text(row.get("type"), "text"), "text-input"),
            "required": row.get("required", False),
            "max_length": row.get("max_length"),
            "options": row.get("options", []),
        }
        optional = {key: row[key] for key in _OPTIONAL if row.get(key)}
        if row.get("default") is not None:
            optional["default"] = row["default"]
        variables.append({**data, **optional})
    return {"variables": variables}


def _read_end(source: Source) -> Config:
    rows = [(text(row.get("variable"))[:128], row) for row in mappings(source.data.get("outputs"))]
    return {"outputs": [{"name": name, "selector": texts(row.get("value_selector"))} for name, row in rows if name]}


def _write_end(config: Config) -> Config:
    return {"outputs": rows_data(config.get("outputs"))}


def _read_answer(source: Source) -> Config:
    return {"answer": text(source.data.get("answer"))}


def _write_answer(config: Config) -> Config:
    return {"answer": config.get("answer", ""), "variables": []}


def _read_note(source: Source) -> Config:
    return {"text": lexical.plain(decoded(source.data.get("text"))), "theme": text(source.data.get("theme"))}


def _write_note(config: Config) -> Config:
    return {"text": lexical.rich(text(config.get("text"))), "theme": config.get("theme", ""), "author": ""}


KINDS = (
    Kind("start", "start", _read_start, _write_start),
    Kind("end", "end", _read_end, _write_end),
    Kind("answer", "answer", _read_answer, _write_answer),
    Kind("note", "note", _read_note, _write_note),
)
