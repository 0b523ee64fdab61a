"""A plan: a definition compiled once, immutable, shared by all its runs.

Knows nodes as numbers, edges as arrays, and compiled steps; knows nothing of any run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.definition import Definition, Limits, Policy
from workflows.errors import Fault
from workflows.events import Mode
from workflows.kinds import Effect, Step
from workflows.template import Ref
from workflows.values import Dialect

FAIL_HANDLE = "fail-branch"
BODY_HANDLE = "body"


@dataclass(frozen=True, slots=True)
class PlanNode:
    """One node, ready to run. `branching` tells that which edges are taken is only known afterwards; `reads` is all
    that the step may read of other nodes and variables.
    """

    index: int
    id: str
    kind: str
    effect: Effect
    step: Step
    policy: Policy
    branching: bool
    streams: Sequence[str]
    is_output: bool
    config: Mapping[str, Any]
    reads: Sequence[Ref]


@dataclass(frozen=True, slots=True)
class Region:
    """Nodes that run together: the top of a definition, the body of a container, or a sub-workflow.

    `edges_out[node]` lists `(handle, target)`; `n_in[node]` counts incoming edges. Nodes that cannot be reached have
    neither and never run. `entry` are the nodes a frame begins with. `outer` regions have variables and outputs of
    their own; the others are bodies, read what lies around them and are known by their container, `owner`. `speaks`
    tells that an answer stands here or in a body within; `writers[answer, part]` are the nodes before an answer node
    that may write the variable which that part of its template shows.
    """

    id: str
    owner: str
    outer: bool
    mode: Mode
    nodes: Sequence[PlanNode]
    index: Mapping[str, int]
    entry: Sequence[int]
    edges_out: Sequence[Sequence[tuple[str, int]]]
    n_in: Sequence[int]
    speaks: bool
    writers: Mapping[tuple[int, int], frozenset[int]]
    environment: Mapping[str, Any]
    secrets: Sequence[str]  # of the whole plan, as values go from one workflow to another
    conversation: Mapping[str, Any]
    conversation_types: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a run needs that is not its inputs. `regions` holds every region by id; the top one's is "". `called`
    are the definitions of sub-workflows by the ids of their regions.
    """

    hash: str
    mode: Mode
    dialect: Dialect
    regions: Mapping[str, Region]
    roots: Sequence[int]
    start: int
    limits: Limits
    warnings: Sequence[Fault]
    definition: Definition
    called: Mapping[str, Definition]

    @property
    def top(self) -> Region:
        return self.regions[""]

    @property
    def nodes(self) -> Sequence[PlanNode]:
        """The nodes of the top region."""
        return self.regions[""].nodes
