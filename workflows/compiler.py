"""From a definition to a plan, or to every fault that stands in the way.

Knows how kinds, rules and scopes come together; `check` and `compile` are the same walk, so the editor shows
exactly what publishing would refuse.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import ValidationError

from workflows import registry, rules
from workflows.definition import Definition, EdgeDef, NodeDef, Policy, faults_of, read_document
from workflows.errors import DefinitionError, Fault
from workflows.graph import Graph
from workflows.kinds import Step
from workflows.plan import Plan, PlanNode
from workflows.rules import Built, Shape
from workflows.scope import Names, Scope

_EMPTY_STEP = Step()


def check(document: dict[str, Any] | Definition) -> list[Fault]:
    """Every fault of a document, errors first. Empty when it can be published as it is."""
    definition = document if isinstance(document, Definition) else read_document(document)
    faults = _Compilation(definition).faults
    return sorted(faults, key=lambda fault: fault.severity)


def compile(definition: Definition) -> Plan:
    """The plan of a definition. Raises DefinitionError with every fault, warnings included, when one is an error."""
    compilation = _Compilation(definition)
    if any(fault.severity == "error" for fault in compilation.faults):
        raise DefinitionError(compilation.faults)
    return compilation.plan()


class _Compilation:
    """One walk over a definition."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.faults: list[Fault] = list(definition.faults)
        for document_rule in rules.DOCUMENT_RULES:
            self.faults += document_rule(definition)
        self.shape = _shape(definition, self._build_configs())
        for graph_rule in rules.GRAPH_RULES:
            self.faults += graph_rule(self.shape)
        self.steps = self._build_steps()

    def _build_configs(self) -> list[Built]:
        seen: set[str] = set()
        built = []
        for node in self.definition.nodes:
            if node.parent is None and node.id not in seen:
                seen.add(node.id)
                built.append(self._build_config(node))
        return built

    def _build_config(self, node: NodeDef) -> Built:
        kind = registry.find(node.kind)
        if kind is None:
            known = ", ".join(found.kind for found in registry.kinds() if not found.hidden)
            message = f"There is no node kind {node.kind!r}. Known are: {known}."
            self.faults.append(Fault("kind_unknown", message, node.id, "kind"))
            return Built(node, None, None)
        try:
            return Built(node, kind, kind.config.model_validate(node.config))
        except ValidationError as error:
            self.faults += faults_of(error, "config_invalid", node_id=node.id)
            return Built(node, kind, None)

    def _build_steps(self) -> list[Step]:
        shape, definition = self.shape, self.definition
        names = Names(
            shape.index,
            {built.node.id: _outputs(built) for built in shape.nodes},
            frozenset(variable.name for variable in definition.environment),
            frozenset(variable.name for variable in definition.conversation),
        )
        ancestors = shape.graph.ancestors()
        steps = []
        for i, built in enumerate(shape.nodes):
            if built.type is None or built.config is None:
                steps.append(_EMPTY_STEP)
                continue
            scope = Scope(
                node_id=built.node.id,
                mode=definition.mode,
                dialect=definition.dialect,
                names=names,
                upstream=_upstream(shape.index, ancestors[i], i in shape.reachable),
                faults=self.faults,
                lenient=definition.dialect == "dify",
                handles_failure=built.node.policy.retry.max > 0 or built.node.policy.on_error != "fail",
            )
            steps.append(built.type.build(built.config, scope))
        return steps

    def plan(self) -> Plan:
        """The plan; only called when there is no error."""
        shape, definition = self.shape, self.definition
        edges_out: list[list[tuple[str, int]]] = [[] for _ in shape.nodes]
        n_in = [0] * len(shape.nodes)
        for edge in shape.edges:
            source, target = shape.index[edge.source], shape.index[edge.target]
            if source in shape.reachable:
                edges_out[source].append((edge.handle, target))
                n_in[target] += 1
        nodes = [_plan_node(i, built, self.steps[i]) for i, built in enumerate(shape.nodes)]
        return Plan(
            hash=plan_hash(definition),
            mode=definition.mode,
            dialect=definition.dialect,
            nodes=nodes,
            index=shape.index,
            start=shape.of_kind("start")[0],
            edges_out=edges_out,
            n_in=n_in,
            environment={variable.name: variable.value for variable in definition.environment},
            conversation={variable.name: variable.value for variable in definition.conversation},
            answers=[node.index for node in nodes if node.step.answer is not None and node.index in shape.reachable],
            warnings=self.faults,
            definition=definition,
        )


def _shape(definition: Definition, nodes: list[Built]) -> Shape:
    index = {built.node.id: i for i, built in enumerate(nodes)}
    edges = [edge for edge in definition.edges if edge.source in index and edge.target in index]
    graph = Graph(len(nodes), [(index[edge.source], index[edge.target]) for edge in _distinct(edges)])
    starts = [i for i, built in enumerate(nodes) if built.node.kind == "start"][:1]
    return Shape(definition, nodes, index, edges, graph, graph.reachable(starts))


def _distinct(edges: list[EdgeDef]) -> list[EdgeDef]:
    """One edge for each pair of nodes: two ways out may lead to the same node."""
    return list({(edge.source, edge.target): edge for edge in edges}.values())


def _outputs(built: Built) -> dict[str, str] | None:
    if built.type is None or built.config is None:
        return None
    outputs = built.type.outputs_of(built.config)
    if outputs is None or built.node.policy.on_error == "fail":
        return outputs
    extra = dict.fromkeys(built.node.policy.default_outputs, "any")
    return {**outputs, **extra, "error_message": "string", "error_type": "string"}


def _upstream(index: dict[str, int], ancestors: int, reachable: bool) -> Any:
    # A node that is not connected yet has nothing upstream; one fault, that it is unreachable, is enough for it.
    return lambda node_id: not reachable or bool(ancestors >> index[node_id] & 1)


def _plan_node(index: int, built: Built, step: Step) -> PlanNode:
    node, kind, config = built.node, built.type, built.config
    assert kind is not None
    assert config is not None
    handles = built.handles()
    return PlanNode(
        index=index,
        id=node.id,
        kind=node.kind,
        effect=kind.effect_of(config),
        step=step,
        policy=node.policy,
        branching=handles is None or len(handles) > 1,
        streams=kind.streams,
        is_output=kind.outputs_from == "outputs" and kind.handles == "none",
    )


def plan_hash(definition: Definition) -> str:
    """A hash of everything that decides how runs go: not of titles, layout or descriptions."""
    content = {
        "mode": definition.mode,
        "dialect": definition.dialect,
        "nodes": [
            [
                node.id,
                node.kind,
                node.parent,
                node.config,
                None if node.policy == Policy() else node.policy.document(),
            ]
            for node in definition.nodes
        ],
        "edges": sorted([edge.source, edge.handle, edge.target] for edge in definition.edges),
        "variables": [[v.name, v.type, v.value] for v in (*definition.environment, *definition.conversation)],
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
