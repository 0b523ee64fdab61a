"""What a graph and its history let foresee of one model call: the `workflow` object of the built-in model server.

Pure. Knows plans and medians; nothing of rows, clocks or servers. All of it is advice: what is wrong or missing here
costs time, never an answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import Any

from workflows.plan import Plan, Region
from workflows.ports import ChatRequest

MAX_KEY_CHARS = 256
"""The server refuses longer names."""


@dataclass(frozen=True, slots=True)
class Timings:
    """What recent runs of a graph took, in milliseconds by place (see `place_of`)."""

    node_ms: Mapping[str, float] = field(default_factory=dict)
    """Median from a node's start to its end; a container's holds its frames."""
    pause_ms: Mapping[str, float] = field(default_factory=dict)
    """How long an agent's tools kept its model waiting between two questions: not longer than this in 80 of 100."""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """One run. `graph` names what runs, the same for all runs of it; `in_background`: no person waits."""

    run_id: str
    graph: str
    in_background: bool
    wall_s: float | None
    plan: Plan


def workflow_of(run: RunFacts, request: ChatRequest, timings: Timings, worked_s: float) -> dict[str, Any]:
    """The `workflow` object of a request that a run sends after it has worked for `worked_s` seconds.

    What is left of the run's time is the deadline. The server heeds it where it is earlier than what it aims at anyway.
    """
    place = place_of(request.frame, request.node_id)
    deadline = {} if run.wall_s is None else {"deadline_ms": max(0.0, (run.wall_s - worked_s) * 1000)}
    return {
        "run_id": run.run_id,
        "node_key": _bounded(f"{run.graph}:{place}"),
        "class": "batch" if run.in_background else "interactive",
        **deadline,
        "run_age_ms": worked_s * 1000,
        "remaining_ms": remaining_ms(run.plan, request.frame, request.node_id, timings.node_ms),
        "gang": _bounded(gang_of(run.plan, request.frame, request.node_id)),
        "hold_ms": timings.pause_ms.get(place, 0.0),
    }


def place_of(frame: str, node_id: str) -> str:
    """Where a node stands, the same in every round of the containers around it: "each/again/llm"."""
    return "/".join([*(container for container, _ in _segments(frame)), node_id])


def remaining_ms(plan: Plan, frame: str, node_id: str, node_ms: Mapping[str, float]) -> float:
    """The longest way from a node's end to the run's end, by the medians of the nodes on it.

    Branches count as if all were taken. Rounds that a container has still to do are not foreseen, nor is what follows
    inside a sub-workflow: of the frames around, only what comes after their containers counts.
    """
    total = 0.0
    steps = [*((container, region) for container, _, region in _around(plan, frame)), (node_id, _region(plan, frame))]
    prefix = ""
    for name, region in steps:
        if region is not None and name in region.index:
            total += _ways(region, lambda node, at=prefix: node_ms.get(at + node, 0.0))[region.index[name]]
        prefix += f"{name}/"
    return total


def gang_of(plan: Plan, frame: str, node_id: str) -> str:
    """The name that a node shares with those which run beside it and are waited for together; "" without any.

    It is that of the nearest fork before it: a way out with several edges, or a container whose frames run at once.
    """
    inmost = _region(plan, frame)
    fork = _fork(inmost, node_id) if inmost is not None else ""
    if fork:
        return f"{frame}/{fork}" if frame else fork
    for container, path, region in reversed(_around(plan, frame)):
        if region is None or container not in region.index:
            continue
        work = region.nodes[region.index[container]].step.container
        if work is not None and work.parallel > 1:
            return f"{path}/{container}" if path else container
        fork = _fork(region, container)
        if fork:
            return f"{path}/{fork}" if path else fork
    return ""


def _segments(frame: str) -> list[tuple[str, str]]:
    """Containers of a path, from the outside, each with its index."""
    return [(name, index) for name, _, index in (part.rpartition(":") for part in frame.split("/") if part)]


def _around(plan: Plan, frame: str) -> list[tuple[str, str, Region | None]]:
    """The containers around a frame, from the outside: id, path of the frame it stands in, and that one's region."""
    found: list[tuple[str, str, Region | None]] = []
    path, region = "", _region(plan, "")
    for name, index in _segments(frame):
        found.append((name, path, region))
        path = f"{path}/{name}:{index}" if path else f"{name}:{index}"
        region = _body(plan, region, name)
    return found


def _region(plan: Plan, frame: str) -> Region | None:
    region: Region | None = plan.top
    for name, _ in _segments(frame):
        region = _body(plan, region, name)
    return region


def _body(plan: Plan, region: Region | None, container: str) -> Region | None:
    """The region of a container's frames; None for that of a sub-workflow, whose nodes are another app's."""
    if region is None or container not in region.index:
        return None
    work = region.nodes[region.index[container]].step.container
    return plan.regions.get(work.region) if work is not None else None


def _ways(region: Region, cost: Callable[[str], float]) -> list[float]:
    """For each node, the longest way that follows it."""
    left = [0.0] * len(region.nodes)
    targets = {at: [target for _, target in edges] for at, edges in enumerate(region.edges_out)}
    for at in TopologicalSorter(targets).static_order():
        left[at] = max((cost(region.nodes[to].id) + left[to] for to in targets[at]), default=0.0)
    return left


def _fork(region: Region, node_id: str) -> str:
    """The way out with several edges from which a single path leads to a node; "" when none does."""
    into: dict[int, list[tuple[int, str]]] = {}
    for source, edges in enumerate(region.edges_out):
        for handle, target in edges:
            into.setdefault(target, []).append((source, handle))
    at = region.index.get(node_id)
    while at is not None and len(into.get(at, ())) == 1:
        source, handle = into[at][0]
        if sum(each == handle for each, _ in region.edges_out[source]) > 1:
            return f"{region.nodes[source].id}.{handle}"
        at = source
    return ""


def _bounded(name: str) -> str:
    if len(name) <= MAX_KEY_CHARS:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()
    return name[: MAX_KEY_CHARS - len(digest) - 1] + "~" + digest
