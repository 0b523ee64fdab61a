"""Dify's envelope: app, graph, variables, features; and the document made of it.

Knows what surrounds the nodes; the nodes' own configs are read in `configs`.
"""

from __future__ import annotations

import json
import re
from typing import Any

from workflows.definition import Definition, read_document
from workflows.dsl.dify.configs import convert
from workflows.dsl.dify.loose import mapping, mappings, text, texts, whole
from workflows.dsl.dify.names import Names
from workflows.errors import DefinitionError, Fault
from workflows.nodes.fields import IDENTIFIER

_MODES = {"workflow": "workflow", "advanced-chat": "chat"}
_IGNORED = frozenset({"start-placeholder", "datasource-empty", ""})
_GRAPH_ONLY = {"name": "", "mode": "workflow"}


def recognises(value: dict[str, Any]) -> bool:
    """Whether this looks like a Dify file: an app, or a bare graph."""
    if isinstance(value.get("app"), dict) and ("workflow" in value or "model_config" in value or "kind" in value):
        return True
    return _is_graph(value) or (
        isinstance(value.get("workflow"), dict) and _is_graph(mapping(value["workflow"].get("graph")))
    )


def _is_graph(value: dict[str, Any]) -> bool:
    nodes = mappings(value.get("nodes"))
    return bool(nodes) and all(isinstance(node.get("data"), dict) for node in nodes)


def read(value: dict[str, Any]) -> Definition:
    """The definition of a parsed Dify file. Raises DefinitionError for apps without a graph."""
    app = mapping(value.get("app")) or _GRAPH_ONLY
    workflow = mapping(value.get("workflow")) or ({"graph": value} if _is_graph(value) else {})
    mode = _MODES.get(text(app.get("mode")))
    if mode is None:
        message = (
            f"A Dify app of the mode {text(app.get('mode'))!r} has no workflow graph; only workflows and chatflows do."
        )
        raise DefinitionError([Fault("app_mode_unsupported", message, None, "app.mode")])
    faults: list[Fault] = []
    graph = mapping(workflow.get("graph"))
    raw_nodes = [node for node in mappings(graph.get("nodes")) if _kind(node) not in _IGNORED]
    names = Names.of(raw_nodes, faults)
    nodes = [_node(node, names, faults) for node in raw_nodes]
    document: dict[str, Any] = {
        "weft": 1,
        "dialect": "dify",
        "app": {
            "name": text(app.get("name")),
            "mode": mode,
            "description": text(app.get("description")),
            "icon": text(app.get("icon")),
        },
        "nodes": nodes,
        "edges": _edges(graph, names, faults),
        "variables": {
            "environment": _variables(workflow.get("environment_variables"), "environment", faults),
            "conversation": _variables(workflow.get("conversation_variables"), "conversation", faults),
        },
        "features": _features(mapping(workflow.get("features"))),
        "layout": {names.ids[text(node.get("id"))]: _place(node) for node in raw_nodes},
    }
    return read_document(document, faults=faults)


def _kind(node: dict[str, Any]) -> str:
    return text(mapping(node.get("data")).get("type"))


def _node(node: dict[str, Any], names: Names, faults: list[Fault]) -> dict[str, Any]:
    data = mapping(node.get("data"))
    node_id = names.ids[text(node.get("id"))]
    parent = text(node.get("parentId")) or text(data.get("iteration_id")) or text(data.get("loop_id"))
    kind, config = convert(_kind(node), data, names, node_id, faults)
    written = {
        "id": node_id,
        "kind": kind,
        "title": text(data.get("title")),
        "parent": names.ids.get(parent),
        "config": config,
    }
    policy = _policy(data)
    return {**written, "policy": policy} if policy else written


def _policy(data: dict[str, Any]) -> dict[str, Any]:
    policy: dict[str, Any] = {}
    retry = mapping(data.get("retry_config"))
    if retry.get("retry_enabled") is True:
        tries = min(10, max(0, whole(retry.get("max_retries"), 0)))
        policy["retry"] = {"max": tries, "interval_ms": min(60_000, max(0, whole(retry.get("retry_interval"), 1000)))}
    if data.get("error_strategy") == "fail-branch":
        policy["on_error"] = "branch"
    if data.get("error_strategy") == "default-value":
        policy["on_error"] = "default"
        rows = mappings(data.get("default_value"))
        policy["default_outputs"] = {text(row.get("key")): _default(row) for row in rows if row.get("key")}
    return policy


def _default(row: dict[str, Any]) -> Any:
    value = row.get("value")
    if row.get("type") in (None, "string") or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _edges(graph: dict[str, Any], names: Names, faults: list[Fault]) -> list[dict[str, Any]]:
    edges: list[dict[str, Any]] = []
    seen: set[str] = set()
    for i, edge in enumerate(mappings(graph.get("edges"))):
        source, target = names.ids.get(text(edge.get("source"))), names.ids.get(text(edge.get("target")))
        if source is None or target is None:
            ends = f"from {text(edge.get('source'))!r} to {text(edge.get('target'))!r}"
            message = f"An edge {ends} was left out: a node is missing."
            faults.append(Fault("edge_dropped", message, None, "edges", "warning"))
            continue
        edge_id = text(edge.get("id")) or f"edge-{i}"
        while edge_id in seen:
            edge_id = f"{edge_id}-{i}"
        seen.add(edge_id)
        handle = text(edge.get("sourceHandle"), "source") or "source"
        edges.append({"id": edge_id, "source": source, "handle": handle, "target": target})
    return edges


def _variables(rows: Any, kind: str, faults: list[Fault]) -> list[dict[str, Any]]:
    variables: list[dict[str, Any]] = []
    for row in mappings(rows):
        name = text(row.get("name"))
        if not re.fullmatch(IDENTIFIER, name):
            message = f"The {kind} variable {name!r} was left out: its name cannot be used."
            faults.append(Fault("variable_dropped", message, None, "variables", "warning"))
            continue
        if row.get("value_type") == "secret" and not row.get("value"):
            message = f"The {kind} variable {name!r} is a secret and has no value in the file: set it."
            faults.append(Fault("secret_missing", message, None, f"variables.{name}", "warning"))
        variables.append(
            {
                "name": name,
                "type": text(row.get("value_type"), "string"),
                "value": _number(row.get("value")) if row.get("value_type") == "number" else row.get("value"),
                "description": text(row.get("description")),
            }
        )
    return variables


def _number(value: Any) -> Any:
    try:
        return (
            int(value)
            if isinstance(value, str) and "." not in value
            else float(value)
            if isinstance(value, str)
            else value
        )
    except ValueError:
        return value


def _features(features: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "opening_statement": text(features.get("opening_statement")),
        "suggested_questions": texts(features.get("suggested_questions")),
        "citations": mapping(features.get("retriever_resource")).get("enabled") is True,
    }
    upload = mapping(features.get("file_upload"))
    if upload.get("enabled") or mapping(upload.get("image")).get("enabled"):
        result["file_upload"] = {key: value for key, value in upload.items() if key != "fileUploadConfig"}
    return result


def _place(node: dict[str, Any]) -> dict[str, float]:
    position = mapping(node.get("position"))
    return {axis: position[axis] if isinstance(position.get(axis), (int, float)) else 0 for axis in ("x", "y")}
