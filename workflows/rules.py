"""The rules a graph must keep, each a small function that reports to a list of faults.

Knows shapes, kinds and handles; references and configs are checked where nodes are compiled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workflows.definition import Definition, EdgeDef, NodeDef
from workflows.errors import Fault, Severity
from workflows.graph import Graph
from workflows.kinds import NodeType
from workflows.nodes.fields import NodeConfig, duplicates
from workflows.plan import FAIL_HANDLE


@dataclass(frozen=True, slots=True)
class Built:
    """One node of the definition with its kind and its valid config, where it has them."""

    node: NodeDef
    type: NodeType[NodeConfig] | None
    config: NodeConfig | None

    def handles(self) -> tuple[str, ...] | None:
        """Handles its edges may leave by; None when any may."""
        if self.type is None or self.config is None:
            return None
        handles = self.type.handles_of(self.config)
        if handles is not None and self.node.policy.on_error == "branch":
            return (*handles, FAIL_HANDLE)
        return handles


@dataclass(frozen=True, slots=True)
class Shape:
    """A definition's top level: its nodes by number, and the edges that lead somewhere."""

    definition: Definition
    nodes: list[Built]
    index: dict[str, int]
    edges: list[EdgeDef]
    graph: Graph
    reachable: set[int]

    @property
    def soft(self) -> Severity:
        """What another engine lets pass is a warning in its files."""
        return "warning" if self.definition.dialect == "dify" else "error"

    def of_kind(self, kind: str) -> list[int]:
        return [i for i, built in enumerate(self.nodes) if built.node.kind == kind]


def ids(definition: Definition) -> Iterator[Fault]:
    """Ids are used once."""
    for node_id in duplicates(node.id for node in definition.nodes):
        yield Fault("node_id_duplicate", f"Two nodes have the id {node_id!r}.", node_id)
    for edge_id in duplicates(edge.id for edge in definition.edges):
        yield Fault("edge_id_duplicate", f"Two edges have the id {edge_id!r}.", None, f"edges.{edge_id}")


def edge_ends(definition: Definition) -> Iterator[Fault]:
    """Edges begin and end at nodes of the same level."""
    nodes = {node.id: node for node in definition.nodes}
    for edge in definition.edges:
        for end in (edge.source, edge.target):
            if end not in nodes:
                message = f"The edge {edge.id!r} leads from {edge.source!r} to {edge.target!r}, and {end!r} is no node."
                yield Fault("edge_dangling", message, None, f"edges.{edge.id}")
        if edge.source in nodes and edge.target in nodes and nodes[edge.source].parent != nodes[edge.target].parent:
            message = f"The edge {edge.id!r} crosses the border of a container."
            yield Fault("edge_crosses_container", message, edge.source, f"edges.{edge.id}")


def parents(definition: Definition) -> Iterator[Fault]:
    """A parent is a node."""
    known = {node.id for node in definition.nodes}
    for node in definition.nodes:
        if node.parent is not None and node.parent not in known:
            yield Fault("parent_unknown", f"The container {node.parent!r} does not exist.", node.id, "parent")


def cycles(shape: Shape) -> Iterator[Fault]:
    """A graph goes forward only."""
    for cycle in shape.graph.cycles():
        names = [shape.nodes[i].node.id for i in cycle]
        message = f"These nodes wait for each other in a circle: {' → '.join([*names, names[0]])}."
        yield Fault("graph_cycle", message, names[0], "edges")


def ends(shape: Shape) -> Iterator[Fault]:
    """There is one start, and something to end with."""
    starts = shape.of_kind("start")
    if not starts:
        yield Fault("start_missing", "The graph has no start node.")
    for i in starts[1:]:
        yield Fault("start_duplicate", "The graph has more than one start node.", shape.nodes[i].node.id)
    kind = "answer" if shape.definition.mode == "chat" else "end"
    found = shape.of_kind(kind)
    if not found:
        yield Fault(f"{kind}_missing", f"The graph has no {kind} node.", severity=shape.soft)
    elif starts and not shape.reachable.intersection(found):
        node_id = shape.nodes[found[0]].node.id
        yield Fault(
            f"{kind}_unreachable", f"No way leads from the start to the {kind} node.", node_id, None, shape.soft
        )


def modes(shape: Shape) -> Iterator[Fault]:
    """Answer nodes are for chats, end nodes for workflows."""
    mode = shape.definition.mode
    for built in shape.nodes:
        if built.type is not None and mode not in built.type.modes:
            message = f"A node of kind {built.node.kind!r} has no place in a {mode}."
            yield Fault("kind_not_in_mode", message, built.node.id, None, shape.soft)


def unreachable(shape: Shape) -> Iterator[Fault]:
    """Every node can be reached; what cannot is left out of the run."""
    if not shape.of_kind("start"):
        return
    for i, built in enumerate(shape.nodes):
        if i not in shape.reachable and built.node.kind != "start":
            message = "No way leads from the start to this node: it will never run."
            yield Fault("node_unreachable", message, built.node.id, None, "warning")


def handles(shape: Shape) -> Iterator[Fault]:
    """Edges leave by handles that exist and enter where there is a way in; handles lead somewhere."""
    used: dict[str, set[str]] = {}
    for edge in shape.edges:
        used.setdefault(edge.source, set()).add(edge.handle)
        source, target = shape.nodes[shape.index[edge.source]], shape.nodes[shape.index[edge.target]]
        known = source.handles()
        if known is not None and edge.handle not in known:
            message = f"The edge {edge.id!r} leaves by {edge.handle!r}, which node {edge.source!r} does not have."
            yield Fault("handle_unknown", message, edge.source, f"edges.{edge.id}", shape.soft)
        if target.type is not None and not target.type.accepts_input:
            message = f"The edge {edge.id!r} leads into {edge.target!r}, which has no way in."
            yield Fault("edge_into_start", message, edge.target, f"edges.{edge.id}")
    for i in sorted(shape.reachable):
        yield from _unconnected(shape.nodes[i], used.get(shape.nodes[i].node.id, set()))


def _unconnected(built: Built, used: set[str]) -> Iterator[Fault]:
    known = built.handles()
    if not known or built.node.kind == "answer":
        return
    for handle in known:
        if handle not in used:
            way = "else" if handle == "false" and built.node.kind == "if-else" else handle
            what = "Nothing follows this node" if handle == "source" else f"Nothing follows the way out {way!r}"
            yield Fault("handle_unconnected", f"{what}: the run ends there.", built.node.id, handle, "warning")


GRAPH_RULES = (cycles, ends, modes, unreachable, handles)
DOCUMENT_RULES = (ids, parents, edge_ends)
