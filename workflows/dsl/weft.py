"""Weft's own YAML: the same content as the document, written so that differences are easy to read.

What holds its default is left out; edges and positions take one line each; layout has a section of its own at the end,
so moving a node never touches what it does. Knows the document; knows nothing of Dify.
"""

from __future__ import annotations

from typing import Any

from workflows.definition import Definition, EdgeDef, Policy, read_document
from workflows.dsl.emit import Flow, emit
from workflows.errors import Fault

_TEXTS = {"nodes": ("id", "kind", "title", "parent"), "edges": ("id", "source", "handle", "target")}


def read(document: dict[str, Any], faults: list[Fault] | None = None) -> Definition:
    """The definition of a parsed Weft file."""
    found = list(faults or [])
    texts = {
        section: [_as_text(item, section, names, i, found) for i, item in enumerate(document[section])]
        for section, names in _TEXTS.items()
        if isinstance(document.get(section), list)
    }
    return read_document({**document, **texts}, faults=found)


def _as_text(item: Any, section: str, names: tuple[str, ...], at: int, faults: list[Fault]) -> Any:
    """What YAML takes for a number or a truth, where the document means a text. Which word stood for a truth (yes, on,
    true) is not known any more, so that is told.
    """
    if not isinstance(item, dict) or all(isinstance(item.get(name, ""), str) for name in names):
        return item
    texts = {name: item[name] for name in names if isinstance(item.get(name), (bool, int, float))}
    texts = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in texts.items()}
    for name, text in texts.items():
        if isinstance(item[name], bool):
            node_id = texts.get("id", item.get("id")) if section == "nodes" else None
            place = f"the {name} of {section[:-1]} {at + 1}"
            message = f"YAML takes {place} for a truth value; it is read as {text!r}. Put it into quotes."
            faults.append(Fault("text_unquoted", message, node_id, f"{section}.{at}.{name}", "warning"))
    return {**item, **texts}


def dump(definition: Definition | dict[str, Any]) -> str:
    """Canonical Weft YAML. Reading it gives the same definition; writing that gives the same text."""
    document = definition.document if isinstance(definition, Definition) else read_document(definition).document
    variables = {name: rows for name, rows in document["variables"].items() if rows}
    sections = {
        "weft": document["weft"],
        "dialect": document.get("dialect"),
        "app": _without(document["app"], {"description": "", "icon": ""}),
        "variables": variables,
        "features": document["features"],
        "limits": {name: value for name, value in document.get("limits", {}).items() if value is not None},
        "nodes": [_node(node) for node in document["nodes"]],
        "edges": [_edge(edge) for edge in document["edges"]],
        "layout": {node_id: _on_one_line(place) for node_id, place in document["layout"].items()},
        "viewport": _on_one_line(document.get("viewport")),
        "extras": _patches_on_one_line(document.get("extras")),
    }
    kept = ("weft", "app", "nodes", "edges")
    return emit({name: value for name, value in sections.items() if value or name in kept})


def _node(node: dict[str, Any]) -> dict[str, Any]:
    written = _without(node, {"title": "", "parent": None, "config": {}})
    if "policy" in written:
        written["policy"] = Policy.model_validate(written["policy"]).model_dump(exclude_defaults=True)
    return written


def _edge(edge: dict[str, Any]) -> Flow:
    default = EdgeDef.model_fields["handle"].default
    return Flow(_without(edge, {"handle": default}))


def _on_one_line(value: Any) -> Any:
    return Flow(value) if isinstance(value, dict) else value


def _patches_on_one_line(value: Any) -> Any:
    """What was kept of a foreign file: each patch takes a line."""
    if isinstance(value, dict):
        found = {key: _patches_on_one_line(item) for key, item in value.items()}
        return Flow(found) if "at" in found else found
    return [_patches_on_one_line(item) for item in value] if isinstance(value, list) else value


def _without(value: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in value.items() if key not in defaults or item != defaults[key]}
