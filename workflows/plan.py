"""A plan: a definition compiled once, immutable, shared by all its runs.

Knows nodes as numbers, edges as arrays, and compiled steps; knows nothing of any run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.definition import Definition, Policy
from workflows.errors import Fault
from workflows.events import Mode
from workflows.kinds import Effect, Step
from workflows.values import Dialect

FAIL_HANDLE = "fail-branch"


@dataclass(frozen=True, slots=True)
class PlanNode:
    """One node, ready to run. `branching` tells that which edges are taken is only known afterwards."""

    index: int
    id: str
    kind: str
    effect: Effect
    step: Step
    policy: Policy
    branching: bool
    streams: Sequence[str]
    is_output: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a run needs that is not its inputs.

    `edges_out[node]` lists `(handle, target)`; `n_in[node]` counts incoming edges. Nodes that cannot be reached have
    neither and never run.
    """

    hash: str
    mode: Mode
    dialect: Dialect
    nodes: Sequence[PlanNode]
    index: Mapping[str, int]
    start: int
    edges_out: Sequence[Sequence[tuple[str, int]]]
    n_in: Sequence[int]
    environment: Mapping[str, Any]
    conversation: Mapping[str, Any]
    answers: Sequence[int]
    warnings: Sequence[Fault]
    definition: Definition
