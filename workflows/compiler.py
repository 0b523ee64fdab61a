"""From a definition to a plan, or to every fault that stands in the way.

Knows how kinds, rules and scopes come together; `check` and `compile` are the same walk, so the editor shows
exactly what publishing would refuse.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from pydantic import ValidationError

from workflows import registry, rules
from workflows.batch import BatchContainer
from workflows.definition import NO_POLICY, Definition, NodeDef, Policy, faults_of, read_document
from workflows.errors import DefinitionError, Fault
from workflows.kinds import Step
from workflows.levels import Built, Level, levels_of
from workflows.library import Library, Linker
from workflows.masking import secrets_in
from workflows.plan import Plan, PlanNode, Region
from workflows.scope import Scope
from workflows.template import CONVERSATION, OWN, Ref


class BuiltStep(NamedTuple):
    """A node's step, and all that it refers to."""

    step: Step
    reads: Sequence[Ref] = ()


_NO_STEP = BuiltStep(Step())


def check(document: dict[str, Any] | Definition, library: Library | None = None) -> list[Fault]:
    """Every fault of a document, errors first. Empty when it can be published as it is."""
    definition = document if isinstance(document, Definition) else read_document(document)
    faults = compile_regions(definition, Linker(library, compile_regions)).faults
    return sorted(faults, key=lambda fault: fault.severity)


def compile(definition: Definition, library: Library | None = None) -> Plan:
    """The plan of a definition. Raises DefinitionError with every fault, warnings included, when one is an error.

    `library` finds the workflows that nodes call; without one, such nodes fail when they are reached.
    """
    linker = Linker(library, compile_regions)
    compiled = compile_regions(definition, linker)
    if compiled.has_errors:
        raise DefinitionError(compiled.faults)
    top = compiled.levels[0]
    roots = top.roots()
    called = linker.definitions()
    regions = [*compiled.regions(), *linker.regions()]
    secrets = secrets_in(v for each in [definition, *called.values()] for v in each.environment)
    if secrets:
        # A secret goes from a workflow to those it calls, and back.
        regions = [replace(region, secrets=secrets) for region in regions]
    return Plan(
        hash=plan_hash(definition, [plan_hash(each) for each in called.values()]),
        mode=definition.mode,
        dialect=definition.dialect,
        regions={region.id: region for region in regions},
        roots=roots,
        start=roots[0],
        limits=definition.limits,
        warnings=compiled.faults,
        definition=definition,
        called=called,
    )


@dataclass(slots=True)
class Compiled:
    """A definition's levels with the steps of their nodes, and every fault found on the way."""

    definition: Definition
    faults: list[Fault]
    levels: list[Level] = field(default_factory=list)
    bodies: dict[tuple[int, int], Level] = field(default_factory=dict)
    steps: list[list[BuiltStep]] = field(default_factory=list)

    @property
    def has_errors(self) -> bool:
        return any(fault.severity == "error" for fault in self.faults)

    def regions(self) -> list[Region]:
        """The regions of the levels; only asked for when there is no error. Inner ones come first."""
        found = []
        speaking: set[int] = set()
        written: dict[int, set[tuple[str, str]]] = {}
        for level, steps in zip(reversed(self.levels), reversed(self.steps), strict=True):
            bodies = [self.bodies.get((id(level), i)) for i in range(len(steps))]
            writes = [
                {*built.step.writes, *(written[id(body)] if body is not None else ())}
                for built, body in zip(steps, bodies, strict=True)
            ]
            written[id(level)] = set().union(*writes)
            answers = any(built.step.answer is not None for i, built in enumerate(steps) if i in level.reachable)
            if answers or any(body is not None and id(body) in speaking for body in bodies):
                speaking.add(id(level))
            found.append(_region(level, steps, writers=_writers(level, steps, writes), speaks=id(level) in speaking))
        return found


def compile_regions(definition: Definition, linker: Linker, prefix: str = "") -> Compiled:
    """One walk over a definition, whose top region is called `prefix`. Never raises for what it holds."""
    compiled = Compiled(definition, list(definition.faults))
    for document_rule in rules.DOCUMENT_RULES:
        compiled.faults += document_rule(definition)
    compiled.levels = levels_of(definition, _build_configs(definition, compiled.faults), prefix)
    for level in compiled.levels:
        for level_rule in rules.LEVEL_RULES:
            compiled.faults += level_rule(level)
    compiled.bodies = {(id(level.around), level.owner_index): level for level in compiled.levels[1:]}
    for level in compiled.levels:
        bodies = [compiled.bodies.get((id(level), i)) for i in range(len(level.nodes))]
        compiled.steps.append([_build_step(level, i, body, compiled.faults, linker) for i, body in enumerate(bodies)])
    return compiled


def _build_configs(definition: Definition, faults: list[Fault]) -> list[Built]:
    seen: set[str] = set()
    built = []
    for node in definition.nodes:
        if node.id not in seen:
            seen.add(node.id)
            built.append(_build_config(node, faults))
    return built


def _build_config(node: NodeDef, faults: list[Fault]) -> Built:
    kind = registry.find(node.kind)
    if kind is None:
        known = ", ".join(found.kind for found in registry.kinds() if not found.hidden)
        faults.append(
            Fault("kind_unknown", f"There is no node kind {node.kind!r}. Known are: {known}.", node.id, "kind")
        )
        return Built(node, None, None)
    try:
        return Built(node, kind, kind.config.model_validate(node.config))
    except ValidationError as error:
        faults += faults_of(error, "config_invalid", node_id=node.id)
        return Built(node, kind, None)


def _build_step(level: Level, index: int, body: Level | None, faults: list[Fault], linker: Linker) -> BuiltStep:
    built, definition = level.nodes[index], level.definition
    if built.type is None or built.config is None:
        return _NO_STEP
    policy = level.owner.node.policy if level.batch and level.owner is not None else built.node.policy
    scope = Scope(
        node_id=built.node.id,
        mode=definition.mode,
        dialect=definition.dialect,
        level=level,
        at=index,
        faults=faults,
        body=body,
        sub_workflows=linker,
        lenient=definition.dialect == "dify",
        handles_failure=policy.retry.max > 0 or policy.on_error != "fail",
    )
    if built.node.policy.batch is not None:
        return BuiltStep(Step(container=BatchContainer(built.node.policy.batch, scope)), scope.refs)
    return BuiltStep(built.type.build(built.config, scope), scope.refs)


def _writers(
    level: Level, steps: list[BuiltStep], writes: list[set[tuple[str, str]]]
) -> dict[tuple[int, int], frozenset[int]]:
    """For every part of an answer that shows a variable: the nodes before the answer that may write it."""
    writing = [i for i, targets in enumerate(writes) if targets]
    found: dict[tuple[int, int], frozenset[int]] = {}
    for i, (step, _) in enumerate(steps):
        if step.answer is None or not writing:
            continue
        before = [j for j in writing if j != i and i in level.reachable and level.runs_before(j, i)]
        for p, part in enumerate(step.answer.parts):
            if isinstance(part, Ref) and part.slot in (CONVERSATION, OWN):
                nodes = frozenset(j for j in before if part.selector[:2] in writes[j])
                if nodes:
                    found[i, p] = nodes
    return found


def _region(
    level: Level, steps: list[BuiltStep], *, writers: dict[tuple[int, int], frozenset[int]], speaks: bool
) -> Region:
    definition = level.definition
    edges_out: list[list[tuple[str, int]]] = [[] for _ in level.nodes]
    n_in = [0] * len(level.nodes)
    for edge in level.edges:
        source, target = level.index[edge.source], level.index[edge.target]
        if source in level.reachable and level.nodes[target].takes_input:
            edges_out[source].append((edge.handle, target))
            n_in[target] += 1
    return Region(
        id=level.id,
        owner=level.owner.node.id if level.owner is not None else "",
        outer=level.around is None,
        mode=definition.mode,
        nodes=[_plan_node(i, built, steps[i]) for i, built in enumerate(level.nodes)],
        index=level.index,
        entry=level.entry,
        edges_out=edges_out,
        n_in=n_in,
        speaks=speaks,
        writers=writers,
        environment={variable.name: variable.value for variable in definition.environment},
        secrets=(),
        conversation={variable.name: variable.value for variable in definition.conversation},
        conversation_types={variable.name: variable.type for variable in definition.conversation},
    )


def _plan_node(index: int, built: Built, built_step: BuiltStep) -> PlanNode:
    step, reads = built_step
    node, kind, config = built.node, built.type, built.config
    assert kind is not None
    assert config is not None
    handles = built.handles
    return PlanNode(
        index=index,
        id=node.id,
        kind=node.kind,
        effect="pure" if step.container is not None else kind.effect_of(config),
        step=step,
        policy=_outer_policy(node.policy) if node.policy.batch is not None else node.policy,
        branching=handles is None or len(handles) > 1,
        streams=() if step.container is not None else kind.streams,
        is_output=kind.outputs_from == "outputs" and kind.handles == "none",
        config=node.config,
        reads=reads,
    )


def _outer_policy(policy: Policy) -> Policy:
    """The policy of a batch as a whole: what is tried again, and timed, are its elements."""
    return policy.model_copy(update={"retry": NO_POLICY.retry, "timeout_s": None})


def plan_hash(definition: Definition, called: list[str] | None = None) -> str:
    """A hash of everything that decides how runs go: not of titles, layout or descriptions. `called` are the hashes of
    the workflows that nodes call.
    """
    content = {
        "mode": definition.mode,
        "dialect": definition.dialect,
        "nodes": [
            [
                node.id,
                node.kind,
                node.parent,
                node.config,
                None if node.policy is NO_POLICY or node.policy == NO_POLICY else node.policy.document(),
            ]
            for node in definition.nodes
        ],
        "edges": sorted([edge.source, edge.handle, edge.target] for edge in definition.edges),
        "variables": [[v.name, v.type, v.value] for v in (*definition.environment, *definition.conversation)],
        **({"called": called} if called else {}),
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
