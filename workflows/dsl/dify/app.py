"""A Dify file as a definition: ids settled, the graph repaired, each part read, and what is left over kept.

Knows the order of these steps and the file's outline; each part has its own module.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from workflows.definition import Definition, read_document
from workflows.dsl.dify import basic, envelope, export, ids
from workflows.dsl.dify.graph import EDGE_SETTLED, read_edge, read_node, read_place
from workflows.dsl.dify.loose import mapping, mappings, text
from workflows.dsl.dify.repair import Graph, kind_of, repair
from workflows.dsl.dify.rest import rest_of
from workflows.errors import Fault

Row = dict[str, Any]
_HIDDEN = frozenset(("start-placeholder", "datasource-empty", ""))


def recognises(value: Row) -> bool:
    """Whether this looks like a Dify file: an app, a pipeline, or a bare graph."""
    if isinstance(value.get("app"), dict) and not {"workflow", "model_config", "kind"}.isdisjoint(value):
        return True
    workflow = mapping(value.get("workflow"))
    if value.get("kind") == "rag_pipeline" and workflow:
        return True
    return _is_graph(value) or _is_graph(mapping(workflow.get("graph")))


def _is_graph(value: Row) -> bool:
    nodes = mappings(value.get("nodes"))
    return bool(nodes) and all(isinstance(node.get("data"), dict) for node in nodes)


def read(value: Row) -> Definition:
    """The definition of a parsed Dify file. Whatever it lacks or has too much becomes a warning."""
    faults: list[Fault] = []
    value = basic.with_graph(value, faults)
    workflow = mapping(value.get("workflow")) or ({"graph": value} if _is_graph(value) else {})
    settled = ids.settle(mapping(workflow.get("graph")), faults)
    hidden = [node for node in mappings(settled.get("nodes")) if kind_of(node) in _HIDDEN]
    graph = repair({**settled, "nodes": [node for node in settled["nodes"] if kind_of(node) not in _HIDDEN]}, faults)
    edges = [read_edge(edge) for edge in graph.edges]
    ways = _ways(edges)
    app = mapping(value.get("app")) or {"name": mapping(value.get("rag_pipeline")).get("name")}
    document: Row = {
        "weft": 1,
        "dialect": "dify",
        "app": envelope.read_app(app, _mode(app, graph)),
        "nodes": [read_node(node, graph.parents.get(node["id"]), faults, ways[node["id"]]) for node in graph.nodes],
        "edges": edges,
        "variables": envelope.read_variables(workflow, faults),
        "features": envelope.read_features(mapping(workflow.get("features")), faults),
        "layout": {node["id"]: read_place(node) for node in graph.nodes},
        "viewport": envelope.read_viewport(mapping(workflow.get("graph")).get("viewport")),
    }

    def extras(document: Row) -> Row:
        kept = _extras(value, workflow, graph, hidden, document)
        return {"dify": kept} if kept else {}

    return read_document(document, faults=faults, extras=extras)


def _ways(edges: list[Row]) -> defaultdict[str, frozenset[str]]:
    """The ways out of each node that edges leave by."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for edge in edges:
        found[edge["source"]].add(edge["handle"])
    return defaultdict(frozenset, {node_id: frozenset(ways) for node_id, ways in found.items()})


def _mode(app: Row, graph: Graph) -> str:
    mode = envelope.MODES.get(text(app.get("mode")))
    if mode is None:
        mode = "chat" if any(kind_of(node) == "answer" for node in graph.nodes) else "workflow"
    return mode


def _extras(value: Row, workflow: Row, graph: Graph, hidden: list[Row], document: Row) -> Row:
    """What an export would not say again on its own."""
    made = export.parts({**document, "extras": {"dify": {"hidden": hidden}}})
    around = {**value, "workflow": {**workflow, "graph": {**mapping(workflow.get("graph")), "nodes": [], "edges": []}}}
    if workflow.get("graph") is value:
        around = {}
    kept = {
        "version": envelope.newer_version(value.get("version"), document),
        "file": rest_of(around, made.envelope, envelope.SETTLED),
        "nodes": {node["id"]: rest_of(node, *made.nodes[node["id"]]) for node in graph.nodes},
        "starts": {
            parent: rest_of(node, made.starts[parent]) for parent, node in graph.starts.items() if parent in made.starts
        },
        "edges": {edge["id"]: rest_of(edge, made.edges[edge["id"]], EDGE_SETTLED) for edge in graph.edges},
        "hidden": hidden,
    }
    for name in ("nodes", "starts", "edges"):
        kept[name] = {key: patches for key, patches in mapping(kept[name]).items() if patches}
    return {name: part for name, part in kept.items() if part}
