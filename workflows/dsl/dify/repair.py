"""A Dify graph put in order before its nodes are read: who is whose child, and where a container's body begins.

Knows containers' start nodes in all their generations and gives the body as one shape; knows nothing of configs.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from workflows.dsl.dify.loose import mapping, mappings, text
from workflows.errors import Fault

CONTAINERS = {"iteration": "iteration-start", "loop": "loop-start"}
STARTS = frozenset(CONTAINERS.values())
BODY = "body"

Row = dict[str, Any]


@dataclass(slots=True)
class Graph:
    """Nodes without start children, each with its parent; edges whose ends exist, entries of bodies among them.

    `starts` keeps each container's own start node, for the export to make it again.
    """

    nodes: list[Row]
    edges: list[Row]
    parents: dict[str, str] = field(default_factory=dict)
    starts: dict[str, Row] = field(default_factory=dict)


def kind_of(node: Row) -> str:
    """The node's type; notes and bare start children tell it by how they are drawn."""
    found = text(mapping(node.get("data")).get("type"))
    drawn = text(node.get("type"))
    if not found and drawn.startswith("custom-"):
        return {"custom-note": "note"}.get(drawn, drawn.removeprefix("custom-"))
    return found


def repair(graph: Row, faults: list[Fault]) -> Graph:
    """The graph in one shape, whatever generation its file is of."""
    nodes = {text(node["id"]): node for node in mappings(graph.get("nodes"))}
    kinds = {node_id: kind_of(node) for node_id, node in nodes.items()}
    edges = _edges(graph, nodes, faults)
    parents = _parents(nodes, kinds, edges, faults)
    starts = {node_id: parents.get(node_id, "") for node_id in nodes if kinds[node_id] in STARTS}
    entries = {parent: node_id for node_id, parent in starts.items() if parent}
    kept = [node for node_id, node in nodes.items() if node_id not in starts]
    body: list[Row] = []
    for edge in edges:
        source, target = edge["source"], edge["target"]
        if target in starts or (source in starts and parents.get(target) != starts[source]):
            faults.append(_dropped(edge, "it does not stay inside its container"))
        elif source in starts:
            body.append({**edge, "source": starts[source], "sourceHandle": BODY})
        elif parents.get(source) != parents.get(target):
            faults.append(_dropped(edge, "it crosses the border of a container"))
        else:
            body.append(edge)
    body += _entries(kept, kinds, parents, body, entries)
    inside = {child: parent for child, parent in parents.items() if child not in starts}
    return Graph(kept, body, inside, {parent: nodes[node_id] for parent, node_id in entries.items()})


def _edges(graph: Row, nodes: dict[str, Row], faults: list[Fault]) -> list[Row]:
    edges: list[Row] = []
    seen: set[str] = set()
    for i, row in enumerate(mappings(graph.get("edges"))):
        edge = {**row, "source": text(row.get("source")), "target": text(row.get("target"))}
        if edge["source"] not in nodes or edge["target"] not in nodes:
            faults.append(_dropped(edge, "a node is missing"))
            continue
        edge["id"] = text(row.get("id")) or f"edge-{i}"
        if edge["id"] in seen:
            edge["id"] = f"{edge['id']}-{i}"
        while edge["id"] in seen:
            edge["id"] += "_"
        seen.add(edge["id"])
        edge["sourceHandle"] = text(row.get("sourceHandle"), "source") or "source"
        edges.append(edge)
    return edges


def _dropped(edge: Row, why: str) -> Fault:
    message = f"An edge from {edge['source']!r} to {edge['target']!r} was left out: {why}."
    return Fault("edge_dropped", message, None, "edges", "warning")


def _parents(nodes: dict[str, Row], kinds: dict[str, str], edges: list[Row], faults: list[Fault]) -> dict[str, str]:
    """Every child's container: told by the child, or by lying behind the container's start."""
    parents = {}
    for node_id, node in nodes.items():
        data = mapping(node.get("data"))
        told = text(node.get("parentId")) or text(data.get("iteration_id")) or text(data.get("loop_id"))
        if kinds.get(told) in CONTAINERS and told != node_id:
            parents[node_id] = told
        elif told:
            message = f"The node says it lies inside {told!r}, which is no container: it stands outside now."
            faults.append(Fault("parent_dropped", message, node_id, "parent", "warning"))
    behind: defaultdict[str, list[str]] = defaultdict(list)
    for edge in edges:
        behind[edge["source"]].append(edge["target"])
    inputs = {edge["target"] for edge in edges if edge["source"] not in parents}
    for node_id, kind in kinds.items():
        first = text(mapping(nodes[node_id].get("data")).get("start_node_id"))
        if kind in CONTAINERS and first in nodes and first not in parents and first not in inputs and first != node_id:
            _adopt(first, node_id, behind, parents)
    _break_circles(parents, faults)
    return parents


def _adopt(first: str, parent: str, behind: dict[str, list[str]], parents: dict[str, str]) -> None:
    pending = [first]
    while pending:
        node_id = pending.pop()
        if node_id not in parents and node_id != parent:
            parents[node_id] = parent
            pending += behind.get(node_id, ())


def _break_circles(parents: dict[str, str], faults: list[Fault]) -> None:
    sound: set[str] = set()
    for node_id in list(parents):
        way: dict[str, None] = {}
        at = node_id
        while at in parents and at not in sound:
            if at in way:
                faults.append(Fault("parent_dropped", "Containers lie inside each other.", at, "parent", "warning"))
                del parents[at]
                break
            way[at] = None
            at = parents[at]
        sound.update(way)


def _entries(
    nodes: list[Row], kinds: dict[str, str], parents: dict[str, str], edges: list[Row], entries: dict[str, str]
) -> list[Row]:
    """Entry edges for the containers of old files, whose body has no start node of its own."""
    entered = {edge["target"] for edge in edges}
    children: defaultdict[str, list[str]] = defaultdict(list)
    for node_id, parent in parents.items():
        if kinds[node_id] not in STARTS and kinds[node_id] != "note":
            children[parent].append(node_id)
    taken = {edge["id"] for edge in edges}
    made = []
    for node in nodes:
        parent = text(node["id"])
        if kinds[parent] not in CONTAINERS or parent in entries:
            continue
        told = text(mapping(node.get("data")).get("start_node_id"))
        firsts = [told] if told in children[parent] else [child for child in children[parent] if child not in entered]
        for first in firsts:
            edge_id = f"{parent}-{BODY}-{first}"
            while edge_id in taken:
                edge_id += "_"
            made.append({"id": edge_id, "source": parent, "sourceHandle": BODY, "target": first})
    return made
