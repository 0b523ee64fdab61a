"""The event schema for others: JSON Schema, and TypeScript types made from it.

Knows how to describe events and the folded state; knows nothing of who reads the result.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from workflows.events import EVENT_TYPES, VERSION, ErrorInfo, Event
from workflows.state import RunState

_REF = "#/$defs/{name}"
_SCALARS = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
_HEADER = "// Events version {version}, made by `python -m workflows schema --typescript`. Do not edit.\n"


def event_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of one event, with the folded `RunState` among its definitions."""
    (event, _), definitions = msgspec.json.schema_components([Event, RunState], ref_template=_REF)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"weft/events.v{VERSION}.json",
        "title": "Event",
        "description": "One event of a run's log.",
        **event,
        "$defs": dict(sorted(definitions.items())),
    }


def schema_json() -> str:
    """The schema as it is kept under tests/contracts."""
    return json.dumps(event_schema(), indent=2, ensure_ascii=False) + "\n"


def typescript() -> str:
    """Interfaces for every definition, and the union `RunEvent`."""
    definitions = event_schema()["$defs"]
    blocks = [_interface(name, definitions[name]) for name in sorted(definitions)]
    names = [kind.__name__ for kind in EVENT_TYPES]
    types = [json.dumps(kind.__struct_config__.tag) for kind in EVENT_TYPES]
    return "\n".join(
        [
            _HEADER.format(version=VERSION),
            f"export const EVENT_VERSION = {VERSION};\n",
            *blocks,
            "export type RunEvent =\n  | " + "\n  | ".join(names) + ";\n",
            "export const EVENT_TYPES = [\n  " + ",\n  ".join(types) + ",\n] as const;",
            "",
        ]
    )


def _interface(name: str, schema: dict[str, Any]) -> str:
    required = set(schema.get("required", []))
    lines = [f"/** {schema['description']} */"] if schema.get("description") else []
    lines.append(f"export interface {name} {{")
    for field, field_schema in schema["properties"].items():
        # A field with a default is always written, but for the ones of structs that omit defaults.
        optional = field not in required and field in _OMITTED.get(name, ())
        lines.append(f"  {field}{'?' if optional else ''}: {_type(field_schema)};")
    return "\n".join([*lines, "}", ""])


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(_type(option) for option in schema["anyOf"])
    kind = schema.get("type")
    if kind == "array":
        return f"Array<{_type(schema.get('items', {}))}>"
    if kind == "object":
        return f"Record<string, {_type(schema.get('additionalProperties') or {})}>"
    return _SCALARS.get(str(kind), "unknown")


def _omitted_fields() -> dict[str, set[str]]:
    """Fields left out of the JSON when they hold their default, by struct name."""
    found: dict[str, set[str]] = {}
    kinds: tuple[type[Any], ...] = (*EVENT_TYPES, ErrorInfo)
    for kind in kinds:
        if kind.__struct_config__.omit_defaults:
            found[kind.__name__] = {f.encode_name for f in msgspec.structs.fields(kind) if not f.required}
    return found


_OMITTED = _omitted_fields()
