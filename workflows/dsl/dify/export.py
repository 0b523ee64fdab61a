"""A definition as a Dify file: what the format can express, and a list of what it cannot.

Knows the file's outline; nodes and edges are written in `graph`, the rest in `envelope`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from pydantic import ValidationError

from workflows import registry
from workflows.definition import Definition, Policy
from workflows.dsl.dify import envelope
from workflows.dsl.dify.graph import dify_kind, read_node, start_of, write_edge, write_node
from workflows.dsl.dify.kinds import knows
from workflows.dsl.dify.loose import items, mapping, text
from workflows.dsl.dify.repair import CONTAINERS
from workflows.dsl.dify.rest import restore
from workflows.errors import Fault

Row = dict[str, Any]


class Parts(NamedTuple):
    """A file before it is put together, every part as the export writes it on its own."""

    envelope: Row
    nodes: dict[str, tuple[Row, frozenset[tuple[str | int, ...]]]]
    starts: dict[str, Row]
    edges: dict[str, Row]


def parts(document: Row) -> Parts:
    """The parts of a document's file."""
    kinds = {node["id"]: dify_kind(node) for node in document["nodes"]}
    parents = {node["id"]: node["parent"] for node in document["nodes"] if node["parent"]}
    patches = mapping(envelope.extras(document).get("starts"))
    nodes = {node["id"]: write_node(node, kinds, document["layout"]) for node in document["nodes"]}
    taken = {*kinds, *(text(mapping(node).get("id")) for node in items(envelope.extras(document).get("hidden")))}
    starts = {}
    for node in document["nodes"]:
        if kinds[node["id"]] in CONTAINERS:
            starts[node["id"]] = start_of(node["id"], kinds[node["id"]], taken)
    ids = {parent: restore(start, patches.get(parent))["id"] for parent, start in starts.items()}
    edges = {edge["id"]: write_edge(edge, kinds, parents, ids) for edge in document["edges"]}
    return Parts(envelope.write(document), nodes, starts, edges)


def write(definition: Definition) -> tuple[Row, list[Fault]]:
    """The file's value, and a warning for everything Dify cannot express."""
    document = definition.document
    made, kept = parts(document), envelope.extras(document)
    file: Row = restore(made.envelope, kept.get("file"))
    nodes: list[Row] = []
    for node_id, (node, _) in made.nodes.items():
        nodes.append(restore(node, mapping(kept.get("nodes")).get(node_id)))
        if node_id in made.starts:
            start = restore(made.starts[node_id], mapping(kept.get("starts")).get(node_id))
            nodes[-1]["data"]["start_node_id"] = start["id"]
            nodes.append(start)
    edges = [restore(edge, mapping(kept.get("edges")).get(edge_id)) for edge_id, edge in made.edges.items()]
    graph = file["workflow"]["graph"]
    graph |= {"nodes": [*nodes, *items(kept.get("hidden"))], "edges": edges}
    return file, [*_lost(document)]


def _lost(document: Row) -> list[Fault]:
    """What the file does not say: found by reading each node again, so nothing is lost without being told."""
    faults = []
    for node in document["nodes"]:
        if not knows(node["kind"]):
            message = f"Dify has no node like {node['kind']!r}: it is written as a type that Dify cannot run."
            faults.append(Fault("export_unsupported", message, node["id"], "kind", "warning"))
            continue
        faults += [_lost_field(node["id"], field) for field in _lost_fields(node)]
    for name, value in mapping(document.get("limits")).items():
        if value is not None:
            message = f"Dify has no limit like {name!r} for one app: it is left out."
            faults.append(Fault("export_dropped", message, None, f"limits.{name}", "warning"))
    if document.get("dialect") != "dify":
        message = "Dify writes lists and truth values in texts in its own way: answers may look different there."
        faults.append(Fault("export_dialect", message, None, "dialect", "warning"))
    return faults


def _lost_field(node_id: str, field: str) -> Fault:
    message = f"Dify cannot express this node's {field!r}: it is left out or changed."
    return Fault("export_dropped", message, node_id, field, "warning")


def _lost_fields(node: Row) -> list[str]:
    written, _ = write_node(node, {}, {})
    again = read_node(written, None, [])
    lost = []
    if again["kind"] == node["kind"]:
        before, after = _full(node["kind"], node["config"]), _full(node["kind"], again["config"])
        lost = [f"config.{key}" for key in before if before[key] != after.get(key)]
    else:
        lost = ["config"]
    before, after = (Policy.model_validate(n.get("policy") or {}).model_dump() for n in (node, again))
    return lost + [f"policy.{key}" for key in before if before[key] != after.get(key)]


def _full(kind: str, config: Row) -> Row:
    """A config with its defaults; as it is where it cannot be read."""
    node = registry.find(kind)
    try:
        return node.config.model_validate(config).model_dump(by_alias=True) if node else config
    except ValidationError:
        return config
