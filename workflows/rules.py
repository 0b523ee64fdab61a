"""The rules a graph must keep, each a small function that reports to a list of faults.

Knows levels, kinds and handles; references and configs are checked where nodes are compiled.
"""

from __future__ import annotations

from collections.abc import Iterator

from workflows import registry
from workflows.definition import Definition, EdgeDef, NodeDef
from workflows.errors import Fault, Severity
from workflows.levels import Built, Level
from workflows.nodes.fields import duplicates
from workflows.plan import BODY_HANDLE, FAIL_HANDLE

UNBATCHED = frozenset({"answer", "end", "loop-end", "note"})
"""Kinds that make no sense once for each element of a list; roots neither."""


def _soft(definition: Definition) -> Severity:
    return "warning" if definition.dialect == "dify" else "error"


def ids(definition: Definition) -> Iterator[Fault]:
    """Ids are used once."""
    for node_id in duplicates(node.id for node in definition.nodes):
        yield Fault("node_id_duplicate", f"Two nodes have the id {node_id!r}.", node_id)
    for edge_id in duplicates(edge.id for edge in definition.edges):
        yield Fault("edge_id_duplicate", f"Two edges have the id {edge_id!r}.", None, f"edges.{edge_id}")


def edge_ends(definition: Definition) -> Iterator[Fault]:
    """Edges join nodes of one level, or lead from a container by `body` to a node in it."""
    nodes = {node.id: node for node in definition.nodes}
    for edge in definition.edges:
        for end in (edge.source, edge.target):
            if end not in nodes:
                message = f"The edge {edge.id!r} leads from {edge.source!r} to {edge.target!r}, and {end!r} is no node."
                yield Fault("edge_dangling", message, None, f"edges.{edge.id}")
        if edge.source in nodes and edge.target in nodes and _crosses(edge, nodes[edge.source], nodes[edge.target]):
            message = f"The edge {edge.id!r} crosses the border of a container."
            yield Fault("edge_crosses_container", message, edge.source, f"edges.{edge.id}", _soft(definition))


def _crosses(edge: EdgeDef, source: NodeDef, target: NodeDef) -> bool:
    if edge.handle == BODY_HANDLE and target.parent == source.id:
        return False
    return source.parent != target.parent


def parents(definition: Definition) -> Iterator[Fault]:
    """A parent is a container, and no node is inside itself."""
    kinds = {node.id: node.kind for node in definition.nodes}
    up = {node.id: node.parent for node in definition.nodes}
    for node in definition.nodes:
        if node.parent is None:
            continue
        if node.parent not in kinds:
            yield Fault("parent_unknown", f"The container {node.parent!r} does not exist.", node.id, "parent")
            continue
        kind = registry.find(kinds[node.parent])
        if kind is not None and not kind.container:
            message = f"{node.parent!r} is no container, so nothing can stand in it: the node will never run."
            yield Fault("parent_not_container", message, node.id, "parent", _soft(definition))
    for node_id in _inside_themselves(up):
        yield Fault("parent_circle", "The node's container stands inside the node itself.", node_id, "parent")


def _inside_themselves(up: dict[str, str | None]) -> list[str]:
    """One node of every circle of parents."""
    found = []
    done: set[str] = set()
    for start in up:
        seen: dict[str, None] = {}
        at: str | None = start
        while at is not None and at in up and at not in seen and at not in done:
            seen[at] = None
            at = up[at]
        if at is not None and at in seen:
            found.append(at)
        done.update(seen)
    return found


def cycles(level: Level) -> Iterator[Fault]:
    """A graph goes forward only. Elsewhere a circle is let pass, and its nodes never run."""
    for cycle in level.graph.cycles():
        names = [level.nodes[i].node.id for i in cycle]
        message = f"These nodes wait for each other in a circle: {' → '.join([*names, names[0]])}."
        yield Fault("graph_cycle", message, names[0], "edges", level.soft)


def ends(level: Level) -> Iterator[Fault]:
    """There is something to begin with and something to end with."""
    if level.owner is not None:
        return
    roots = level.roots()
    if not roots:
        yield Fault("start_missing", "The graph has no start node.")
    for i in level.of_kind("start")[1:]:
        yield Fault(
            "start_duplicate", "The graph has more than one start node.", level.nodes[i].node.id, None, level.soft
        )
    kind = "answer" if level.definition.mode == "chat" else "end"
    found = level.of_kind(kind)
    if not found and not any(node.kind == kind for node in level.definition.nodes):
        yield Fault(f"{kind}_missing", f"The graph has no {kind} node.", severity=level.soft)
    elif found and roots and not level.reachable.intersection(found):
        node_id = level.nodes[found[0]].node.id
        message = f"No way leads from the start to the {kind} node."
        yield Fault(f"{kind}_unreachable", message, node_id, None, level.soft)


def places(level: Level) -> Iterator[Fault]:
    """Kinds stand where they mean something: answers in chats, roots at the top, the end of a loop in a loop."""
    mode = level.definition.mode
    around = None if level.owner is None or level.batch else level.owner.node.kind
    for built in level.nodes:
        kind, node = built.type, built.node
        if kind is None:
            continue
        if mode not in kind.modes:
            message = f"A node of kind {node.kind!r} has no place in a {mode}."
            yield Fault("kind_not_in_mode", message, node.id, None, level.soft)
        if built.root and level.owner is not None:
            yield Fault("root_in_container", "A run cannot begin inside a container.", node.id, "parent")
        if node.kind == "loop-end" and around != "loop":
            yield Fault("loop_end_outside", "There is no loop here that this node could end.", node.id, "parent")
        if node.policy.batch is not None and (built.root or node.kind in UNBATCHED or _divides(built)):
            message = "This node cannot run once for each element of a list: it begins, ends or divides the way."
            yield Fault("batch_not_here", message, node.id, "policy.batch")


def _divides(built: Built) -> bool:
    """Whether a node leads on in one of several ways; a failure of all of it is none of these."""
    ways = set(built.handles or ()) - {FAIL_HANDLE}
    return (built.type is not None and built.type.handles != "source") or len(ways) != 1


def bodies(level: Level) -> Iterator[Fault]:
    """A container has a body, and a way into it."""
    if level.owner is None or level.batch:
        return
    node_id = level.owner.node.id
    if not level.nodes:
        yield Fault("body_empty", "There is nothing in this container to run.", node_id, None, level.soft)
    elif not level.entry:
        message = "No edge leads into this container: draw one from its inner handle to the node to begin with."
        yield Fault("body_entry_missing", message, node_id, BODY_HANDLE, level.soft)


def unreachable(level: Level) -> Iterator[Fault]:
    """Every node can be reached; what cannot is left out of the run."""
    if not level.entry:
        return
    for i, built in enumerate(level.nodes):
        if i not in level.reachable:
            message = "No way leads from the start to this node: it will never run."
            yield Fault("node_unreachable", message, built.node.id, None, "warning")


def handles(level: Level) -> Iterator[Fault]:
    """Edges leave by handles that exist and enter where there is a way in; handles lead somewhere."""
    if level.batch:
        return
    used: dict[str, set[str]] = {}
    for edge in level.edges:
        used.setdefault(edge.source, set()).add(edge.handle)
        source, target = level.nodes[level.index[edge.source]], level.nodes[level.index[edge.target]]
        known = source.handles
        if known is not None and edge.handle not in known:
            message = f"The edge {edge.id!r} leaves by {edge.handle!r}, which node {edge.source!r} does not have."
            yield Fault("handle_unknown", message, edge.source, f"edges.{edge.id}", level.soft)
        if not target.takes_input:
            message = f"The edge {edge.id!r} leads into {edge.target!r}, which has no way in."
            yield Fault("edge_into_start", message, edge.target, f"edges.{edge.id}", level.soft)
    for i in sorted(level.reachable):
        yield from _unconnected(level, level.nodes[i], used.get(level.nodes[i].node.id, set()))


def _unconnected(level: Level, built: Built, used: set[str]) -> Iterator[Fault]:
    known = built.handles
    # Inside a container, what nothing follows ends the round: that is how every round ends.
    if not known or built.node.kind == "answer" or level.owner is not None:
        return
    for handle in known:
        if handle not in used:
            way = "else" if handle == "false" and built.node.kind == "if-else" else handle
            what = "Nothing follows this node" if handle == "source" else f"Nothing follows the way out {way!r}"
            yield Fault("handle_unconnected", f"{what}: the run ends there.", built.node.id, handle, "warning")


LEVEL_RULES = (cycles, ends, places, bodies, unreachable, handles)
DOCUMENT_RULES = (ids, parents, edge_ends)
