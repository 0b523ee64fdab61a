"""The levels of a definition: the top, and one for the body of every container and of every node run in a batch.

Knows which node stands on which level, and what a reference means on each; knows nothing of steps. A level becomes a
region of the plan. Nothing recurses: containers may be nested as deep as somebody likes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from workflows.definition import Definition, EdgeDef, NodeDef
from workflows.errors import Severity
from workflows.graph import Graph
from workflows.kinds import NodeType
from workflows.nodes.fields import NodeConfig
from workflows.plan import BODY_HANDLE, FAIL_HANDLE
from workflows.template import OWN

BATCH_NAMES = {"item": "any", "index": "number"}


@dataclass(slots=True)
class Built:
    """One node of the definition with its kind and its valid config, where it has them. `handles` are those that its
    edges may leave by; None when any may.
    """

    node: NodeDef
    type: NodeType[NodeConfig] | None
    config: NodeConfig | None
    handles: tuple[str, ...] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        if self.type is None or self.config is None:
            return
        self.handles = self.type.handles_of(self.config)
        if self.handles is not None and self.node.policy.on_error == "branch":
            self.handles = (*self.handles, FAIL_HANDLE)

    @property
    def root(self) -> bool:
        """Whether a run may begin here."""
        return self.type is not None and self.config is not None and self.type.root_of(self.config)

    @property
    def takes_input(self) -> bool:
        """Whether edges may lead into it."""
        return self.type is None or self.type.accepts_input

    def outputs(self) -> Mapping[str, str] | None:
        """Names and types of what it leaves to those after it; None when any name may turn up."""
        if self.type is None or self.config is None:
            return None
        outputs = self.type.outputs_of(self.config)
        if outputs is None:
            return None
        if self.node.policy.batch is not None:
            outputs = {"items": "array[object]", **{name: f"array[{type}]" for name, type in outputs.items()}}
        if self.node.policy.on_error == "fail":
            return outputs
        extra = dict.fromkeys(self.node.policy.default_outputs, "any")
        return {**outputs, **extra, "error_message": "string", "error_type": "string"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a selector's head and name lie: in `slot`, `up` levels outward. `problem` is a code and a sentence."""

    slot: int | None
    up: int = 0
    problem: tuple[str, str] | None = None


@dataclass(slots=True)
class Level:
    """Nodes of one level by number, and the edges between them. `owner` is the container (or the node run in a batch)
    whose body this is: node `owner_index` of the level `around`.
    """

    id: str
    definition: Definition
    nodes: list[Built]
    edges: list[EdgeDef]
    entry: list[int]
    owner: Built | None = None
    owner_index: int = -1
    around: Level | None = None
    inner: Mapping[str, str] = field(default_factory=dict)
    batch: bool = False
    index: dict[str, int] = field(init=False)
    graph: Graph = field(init=False)
    reachable: set[int] = field(init=False)
    outputs: list[Mapping[str, str] | None] = field(init=False)
    _ancestors: list[int] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.index = {built.node.id: i for i, built in enumerate(self.nodes)}
        pairs = {(self.index[edge.source], self.index[edge.target]) for edge in self.edges}
        self.graph = Graph(len(self.nodes), sorted(pairs))
        self.reachable = self.graph.reachable(self.entry)
        self.outputs = [built.outputs() for built in self.nodes]

    @property
    def soft(self) -> Severity:
        """What another engine lets pass is a warning in its files."""
        return "warning" if self.definition.dialect == "dify" else "error"

    def of_kind(self, kind: str) -> list[int]:
        return [i for i, built in enumerate(self.nodes) if built.node.kind == kind]

    def roots(self) -> list[int]:
        """The nodes a run may begin at, the default one first."""
        found = [i for i, built in enumerate(self.nodes) if built.root]
        return sorted(found, key=lambda i: self.nodes[i].node.kind != "start")

    def runs_before(self, index: int, at: int | None) -> bool:
        """Whether a node's values exist when node `at` runs; None stands for the end of a frame."""
        # A node that is not connected yet has nothing upstream; one fault, that it is unreachable, is enough for it.
        if at is None or at not in self.reachable:
            return True
        if self._ancestors is None:
            self._ancestors = self.graph.ancestors()
        return bool(self._ancestors[at] >> index & 1)

    def find(self, head: str, name: str, at: int | None) -> Place:
        """What `[head, name]` means to node `at` of this level."""
        level: Level | None = self
        up = 0
        while level is not None:
            if level.owner is not None and level.owner.node.id == head and (name in level.inner or level.batch):
                return Place(OWN, up, None if name in level.inner else _no_output(head, name, level.inner))
            slot = level.index.get(head)
            if slot is not None:
                outputs = level.outputs[slot]
                if outputs is not None and name not in outputs:
                    return Place(slot, up, _no_output(head, name, outputs))
                if not level.runs_before(slot, at):
                    return Place(slot, up, ("reference_not_upstream", f"Node {head!r} does not run before this one."))
                return Place(slot, up)
            at, level, up = level.owner_index, level.around, up + 1
        return Place(None, 0, ("reference_unknown_node", f"There is no node {head!r} to take {name!r} from."))


def _no_output(head: str, name: str, outputs: Mapping[str, str]) -> tuple[str, str]:
    return "reference_unknown_output", f"Node {head!r} has no output {name!r}. {offer(outputs)}"


def offer(names: Mapping[str, str] | frozenset[str] | Sequence[str]) -> str:
    """A sentence that lists what there is instead."""
    listed = ", ".join(sorted(names)[:8])
    return f"It has: {listed}." if listed else "It has none."


def levels_of(definition: Definition, nodes: Sequence[Built], prefix: str = "") -> list[Level]:
    """Every level that belongs to the top, outer ones before inner ones. `prefix` is the id of the top one."""
    children: dict[str | None, list[Built]] = {}
    for built in nodes:
        if built.type is None or not built.type.note:
            children.setdefault(built.node.parent, []).append(built)
    parents = {built.node.id: built.node.parent for built in nodes}
    edges: dict[str | None, list[EdgeDef]] = {}
    bodies: dict[str, list[str]] = {}
    for edge in definition.edges:
        if edge.source in parents and parents.get(edge.target, "") == parents[edge.source]:
            edges.setdefault(parents[edge.source], []).append(edge)
        elif edge.handle == BODY_HANDLE and parents.get(edge.target) == edge.source:
            bodies.setdefault(edge.source, []).append(edge.target)
    inside = prefix + "/" if prefix else ""
    top = _level(prefix, definition, children.get(None, []), edges.get(None, []), None)
    top.entry = top.roots()
    top.reachable = top.graph.reachable(top.entry)
    levels, pending = [top], deque([top])
    while pending:
        around = pending.popleft()
        for i, built in enumerate(around.nodes):
            level = None
            if built.node.policy.batch is not None:
                level = Level(
                    f"{inside}{built.node.id}[]", definition, [_single(built)], [], [0], built, i, around, BATCH_NAMES,
                    batch=True,
                )  # fmt: skip
            elif built.type is not None and built.type.container:
                node_id = built.node.id
                entry = bodies.get(node_id, [])
                level = _level(inside + node_id, definition, children.get(node_id, []), edges.get(node_id, []), entry)
                level.owner, level.owner_index, level.around = built, i, around
                level.inner = built.type.inner_of(built.config) if built.config is not None else {}
            if level is not None:
                levels.append(level)
                pending.append(level)
    return levels


def _single(built: Built) -> Built:
    """A node run in a batch as it runs for one element: retries and time limits are the element's."""
    policy = built.node.policy.model_copy(update={"batch": None, "on_error": "fail", "default_outputs": {}})
    return Built(built.node.model_copy(update={"policy": policy}), built.type, built.config)


def _level(
    region: str, definition: Definition, nodes: list[Built], edges: list[EdgeDef], entry: list[str] | None
) -> Level:
    index = {built.node.id: i for i, built in enumerate(nodes)}
    inner = [edge for edge in edges if edge.source in index and edge.target in index]
    begin = [index[target] for target in dict.fromkeys(entry or []) if target in index]
    return Level(region, definition, nodes, inner, begin)
