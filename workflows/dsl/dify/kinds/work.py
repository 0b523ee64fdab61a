"""Dify's nodes that do a piece of work: code, template-transform, http-request, tool, document-extractor."""

from __future__ import annotations

import re
from typing import Any, get_args

from workflows.dsl.dify import http, tools
from workflows.dsl.dify.kinds.base import (
    Config,
    Kind,
    Source,
    Unsupported,
    arguments_data,
    read_arguments,
    rows_data,
)
from workflows.dsl.dify.loose import mapping, text, texts
from workflows.nodes.fields import IDENTIFIER
from workflows.nodes.returned import OutputType

_LANGUAGES = {"python3": "python", "python": "python", "javascript": "javascript"}
_LANGUAGE_NAMES = {"python": "python3", "javascript": "javascript"}


def _read_code(source: Source) -> Config:
    data = source.data
    language = text(data.get("code_language"), "python3")
    if language not in _LANGUAGES:
        raise Unsupported(f"running {language[:80]} programs")
    outputs = {}
    for name, output in mapping(data.get("outputs")).items():
        kind = text(mapping(output).get("type"), "string").lower()
        if kind not in get_args(OutputType):
            raise Unsupported(f"the output type {kind[:80]!r}")
        outputs[text(name)] = {"type": kind}
    return {
        "language": _LANGUAGES[language],
        "code": text(data.get("code")),
        "inputs": source.rows(data.get("variables")),
        "outputs": outputs,
    }


def _write_code(config: Config) -> Config:
    outputs = mapping(config.get("outputs"))
    return {
        "code_language": _LANGUAGE_NAMES.get(text(config.get("language")), "python3"),
        "code": config.get("code", ""),
        "variables": rows_data(config.get("inputs")),
        "outputs": {
            name: {"type": mapping(row).get("type", "string"), "children": None} for name, row in outputs.items()
        },
    }


def _read_template(source: Source) -> Config:
    return {"template": text(source.data.get("template")), "inputs": source.rows(source.data.get("variables"))}


def _write_template(config: Config) -> Config:
    return {"template": config.get("template", ""), "variables": rows_data(config.get("inputs"))}


def _read_extractor(source: Source) -> Config:
    return {"file": texts(source.data.get("variable_selector"))}


def _write_extractor(config: Config) -> Config:
    return {"variable_selector": config.get("file", [])}


def _read_tool(source: Source) -> Config:
    data = source.data
    settings = mapping(data.get("tool_configurations"))
    # Newer files write what a person set like what a model may set: both are arguments then.
    shaped = {name: value for name, value in settings.items() if isinstance(value, dict) and "value" in value}
    arguments = read_arguments({**shaped, **mapping(data.get("tool_parameters"))})
    plain = {
        text(name): value
        for name, value in settings.items()
        if name not in shaped and value not in (None, []) and text(name)
    }
    provider, tool = text(data.get("provider_id")), text(data.get("tool_name"))
    if data.get("provider_type") == "workflow":
        plain = {"app": provider, **plain}
        provider, tool = tools.RUN_WORKFLOW
    return {"provider": provider, "tool": tool, "arguments": arguments, "settings": plain, "outputs": _declared(data)}


def _declared(data: Config) -> dict[str, str]:
    """The outputs beyond text, files and json that a tool's schema names."""
    properties = mapping(mapping(data.get("output_schema")).get("properties"))
    outputs = {}
    for name, schema in properties.items():
        if re.fullmatch(IDENTIFIER, text(name)) and name not in ("text", "files", "json"):
            outputs[text(name)] = _schema_type(mapping(schema))
    return outputs


def _schema_type(schema: Config) -> str:
    kind = text(schema.get("type"))
    if kind == "array":
        inner = text(mapping(schema.get("items")).get("type"))
        inner = {"integer": "number"}.get(inner, inner)
        return f"array[{inner}]" if inner in ("string", "number", "boolean", "object") else "array[any]"
    kind = {"integer": "number"}.get(kind, kind)
    return kind if kind in ("string", "number", "boolean", "object") else "any"


def _write_tool(config: Config) -> Config:
    provider, tool, settings = text(config.get("provider")), text(config.get("tool")), mapping(config.get("settings"))
    data: Config = {"provider_type": "builtin", "tool_parameters": arguments_data(config.get("arguments"))}
    if (provider, tool) == tools.RUN_WORKFLOW and "app" in settings:
        data["provider_type"], provider = "workflow", text(settings["app"])
        settings = {name: value for name, value in settings.items() if name != "app"}
    data |= {
        "provider_id": provider,
        "provider_name": provider,
        "tool_name": tool,
        "tool_label": tool,
        "tool_configurations": settings,
    }
    if config.get("outputs"):
        data["output_schema"] = {"type": "object", "properties": _schema(mapping(config["outputs"]))}
    return data


def _schema(outputs: dict[str, Any]) -> Config:
    properties: Config = {}
    for name, kind in outputs.items():
        written = text(kind)
        if written.startswith("array["):
            inner = written[6:-1]
            properties[name] = {"type": "array", **({"items": {"type": inner}} if inner != "any" else {})}
        else:
            properties[name] = {} if written == "any" else {"type": written}
    return properties


KINDS = (
    Kind("code", "code", _read_code, _write_code),
    Kind("template-transform", "template-transform", _read_template, _write_template),
    Kind("document-extractor", "document-extractor", _read_extractor, _write_extractor),
    Kind("http-request", "http-request", http.read, http.write),
    Kind("tool", "tool", _read_tool, _write_tool),
)
