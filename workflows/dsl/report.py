"""What an import brought and what it still needs: models to choose, tools to connect, secrets to fill in.

Pure: reads a definition and what reading it found. Knows nothing of what a host has; it says which names are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from workflows.compiler import check
from workflows.definition import Definition, NodeDef
from workflows.errors import Fault
from workflows.tools import registry as tools
from workflows.tools.offer import missing

Entry = dict[str, Any]
HasTool = Callable[[str, str], bool]

OWN = "weft"
_REFERENCES = "reference_"
_TOLD_ELSEWHERE = frozenset(("secret_missing", "node_unsupported", "dataset_missing", "model_missing", "tool_missing"))


def report(definition: Definition, *, has_tool: HasTool | None = None, faults: Iterable[Fault] | None = None) -> Entry:
    """What an import has to say, ready for JSON. Every entry has a stable `code` and a `message`.

    `has_tool` tells which tools the host has besides the engine's own; `faults` are those of `check`, where they are
    known already.
    """
    found = list(check(definition) if faults is None else faults)
    notes = [fault for fault in found if fault.code not in _TOLD_ELSEWHERE]
    return {
        "name": definition.name,
        "mode": definition.mode,
        "dialect": definition.dialect,
        "nodes": len(definition.nodes),
        "models": _models(definition),
        "tools": _tools(definition, has_tool),
        "plugins": _plugins(definition),
        "datasets": _datasets(definition),
        "workflows": _workflows(definition),
        "secrets": _secrets(definition),
        "unsupported": unsupported(definition, has_tool),
        "references": [fault.to_dict() for fault in notes if fault.code.startswith(_REFERENCES)],
        "changes": [fault.to_dict() for fault in notes if not fault.code.startswith(_REFERENCES)],
    }


def unsupported(definition: Definition, has_tool: HasTool | None = None) -> list[Entry]:
    """Nodes that fail when they are reached, and what each lacks. An agent lacks a tool only when it asks for it."""
    entries = []
    for node in definition.nodes:
        if node.kind == "placeholder":
            missing = _text(node.config.get("missing")) or "what it needs"
            entries.append(_lacking(node, _text(node.config.get("original")), missing))
        for use in _tool_uses(node):
            provider, tool = _text(use.get("provider")), _text(use.get("tool"))
            if use.get("enabled") is not False and not _is_there(provider, tool, has_tool):
                entries.append(_lacking(node, node.kind, f"the tool {provider}/{tool}"))
    return entries


def _lacking(node: NodeDef, kind: str, missing: str) -> Entry:
    message = f"This node cannot run here: {missing} is missing."
    return {"code": "node_unsupported", "message": message, "node_id": node.id, "kind": kind, "missing": missing}


def _is_there(provider: str, tool: str, has_tool: HasTool | None) -> bool:
    return tools.find(provider, tool) is not None or bool(has_tool and has_tool(provider, tool))


def _grouped(rows: Iterable[tuple[Any, str]]) -> dict[Any, list[str]]:
    """The nodes of each thing, in order of first sight."""
    groups: dict[Any, list[str]] = {}
    for key, node_id in rows:
        nodes = groups.setdefault(key, [])
        if node_id not in nodes:
            nodes.append(node_id)
    return groups


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _models(definition: Definition) -> list[Entry]:
    rows = []
    for node in definition.nodes:
        model = node.config.get("model")
        if isinstance(model, dict):
            rows.append(((_text(model.get("provider")), _text(model.get("name"))), node.id))
    return [
        {
            "code": "model_to_map" if name else "model_missing",
            "message": f"The model {provider}/{name} is asked for." if name else "No model is chosen.",
            "provider": provider,
            "name": name,
            "nodes": nodes,
        }
        for (provider, name), nodes in _grouped(rows).items()
    ]


def _tool_uses(node: NodeDef) -> Iterator[dict[str, Any]]:
    if node.kind == "tool":
        yield node.config
    if node.kind == "agent" and isinstance(node.config.get("tools"), list):
        yield from (tool for tool in node.config["tools"] if isinstance(tool, dict))


def _tools(definition: Definition, has_tool: HasTool | None) -> list[Entry]:
    rows = [
        ((_text(use.get("provider")), _text(use.get("tool"))), node.id)
        for node in definition.nodes
        for use in _tool_uses(node)
    ]
    return [
        {
            "code": "tool_missing",
            "message": missing(provider, tool),
            "provider": provider,
            "tool": tool,
            "nodes": nodes,
        }
        for (provider, tool), nodes in _grouped(rows).items()
        if not _is_there(provider, tool, has_tool)
    ]


def _plugins(definition: Definition) -> list[Entry]:
    """Plugins that the file's own list names; they are told, not needed as such."""
    patches = _mapping(_mapping(definition.document.get("extras")).get("dify")).get("file")
    entries = []
    for patch in patches if isinstance(patches, list) else []:
        if _mapping(patch).get("at") != ["dependencies"] or not isinstance(patch.get("raw"), list):
            continue
        for row in patch["raw"]:
            value = _mapping(_mapping(row).get("value"))
            names = (_text(value.get(key)) for key in value if key.endswith("plugin_unique_identifier"))
            plugin = next((name for name in names if name), "").split("@")[0]
            if plugin:
                message = f"The file was made with the plugin {plugin}."
                entries.append({"code": "plugin_named", "message": message, "plugin": plugin})
    return entries


def _datasets(definition: Definition) -> list[Entry]:
    rows: list[tuple[str, str]] = []
    for node in definition.nodes:
        if node.kind == "knowledge-retrieval":
            ids = node.config.get("dataset_ids")
            chosen = [_text(item) for item in ids] if isinstance(ids, list) else []
            rows += [(item, node.id) for item in chosen or [""]]
    return [
        {
            "code": "dataset_to_choose",
            "message": f"Choose a knowledge base in place of {dataset!r}." if dataset else "Choose a knowledge base.",
            "dataset_id": dataset,
            "nodes": nodes,
        }
        for dataset, nodes in _grouped(rows).items()
    ]


def _workflows(definition: Definition) -> list[Entry]:
    rows = []
    for node in definition.nodes:
        if node.kind == "workflow":
            rows.append((_text(node.config.get("app")), node.id))
        runs = (use for use in _tool_uses(node) if (use.get("provider"), use.get("tool")) == (OWN, "run_workflow"))
        rows += [(_app_of(use), node.id) for use in runs]
    return [
        {
            "code": "workflow_to_map",
            "message": f"Choose the workflow to run in place of {app!r}." if app else "Choose the workflow to run.",
            "app": app,
            "nodes": nodes,
        }
        for app, nodes in _grouped(rows).items()
    ]


def _app_of(use: dict[str, Any]) -> str:
    fixed = _text(_mapping(use.get("settings")).get("app"))
    arguments = use.get("arguments")
    for argument in arguments if isinstance(arguments, list) else []:
        if _mapping(argument).get("name") == "app":
            fixed = fixed or _text(argument.get("value"))
    return fixed


def _secrets(definition: Definition) -> list[Entry]:
    return [
        {
            "code": "secret_missing",
            "message": f"The secret {variable.name!r} has no value in the file: set it.",
            "name": variable.name,
        }
        for variable in definition.environment
        if variable.type == "secret" and not variable.value
    ]
