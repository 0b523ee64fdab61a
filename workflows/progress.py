"""Where a run stands on its plan: which edges are decided, what is ready, what runs, and every node's outputs.

Knows a plan and the events so far; decides nothing and does nothing. A fresh and a recovered run build it the same
way, by observing events in order.
"""

from __future__ import annotations

from typing import Any

from workflows import events as ev
from workflows.plan import FAIL_HANDLE, Plan
from workflows.template import CONVERSATION, ENV, INPUTS, SYS


class Progress:
    """The plan's view of one run. `pool` holds outputs by node number, then the four common slots."""

    __slots__ = (
        "attempts",
        "ended",
        "exceptions",
        "fatal",
        "history",
        "in_doubt",
        "outputs",
        "plan",
        "pool",
        "ready",
        "retrying",
        "running",
        "started_at",
        "steps",
        "taken",
        "to_skip",
        "undecided",
    )

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.pool: list[dict[str, Any] | None] = [None] * (len(plan.nodes) + 4)
        self.pool[ENV] = dict(plan.environment)
        self.undecided = list(plan.n_in)
        self.taken = [False] * len(plan.nodes)
        self.ready: dict[int, int] = {}
        self.to_skip: dict[int, None] = {}
        self.running: dict[int, int] = {}
        self.retrying: dict[int, int] = {}
        self.in_doubt: set[int] = set()
        self.steps: dict[int, list[ev.NodeStep]] = {}
        self.outputs: dict[str, Any] = {}
        self.history: list[dict[str, Any]] = []
        self.exceptions = 0
        self.started_at: str | None = None
        self.fatal: ev.ErrorInfo | None = None
        self.ended: ev.Event | None = None

    def observe(self, event: ev.Event) -> None:
        """Take one event in."""
        match event:
            case ev.NodeStarted():
                self._started(self.plan.index[event.node_id], event.attempt)
            case ev.NodeFinished():
                self._finished(self.plan.index[event.node_id], event)
            case ev.NodeSkipped():
                index = self.plan.index[event.node_id]
                del self.to_skip[index]
                self._decide_edges(index, None, skip=True)
            case ev.NodeIntent():
                self.in_doubt.add(self.plan.index[event.node_id])
            case ev.NodeStep():
                index = self.plan.index[event.node_id]
                self.in_doubt.discard(index)
                self.steps.setdefault(index, []).append(event)
            case ev.NodeRetrying():
                index = self.plan.index[event.node_id]
                del self.running[index]
                self.in_doubt.discard(index)
                self.retrying[index] = event.attempt
            case ev.NodeFailed():
                self._failed(self.plan.index[event.node_id], event)
            case ev.RunStarted():
                self._begin(event)
            case ev.RunFinished() | ev.RunFailed() | ev.RunStopped():
                self.ended = event
            case _:
                pass

    def steps_of(self, index: int, attempt: int) -> list[ev.NodeStep]:
        """What a node's attempt has recorded of its steps."""
        return [step for step in self.steps.get(index, ()) if step.attempt == attempt]

    def _begin(self, event: ev.RunStarted) -> None:
        self.started_at = event.at
        self.history = event.history
        self.pool[INPUTS], self.pool[SYS] = event.inputs, event.sys
        self.pool[CONVERSATION] = {**self.plan.conversation, **event.conversation}
        self.ready[self.plan.start] = 1

    def _started(self, index: int, attempt: int) -> None:
        self.ready.pop(index, None)
        self.retrying.pop(index, None)
        self.running[index] = attempt

    def _finished(self, index: int, event: ev.NodeFinished) -> None:
        del self.running[index]
        self.in_doubt.discard(index)
        self.pool[index] = event.outputs
        if self.plan.nodes[index].is_output:
            self.outputs.update(event.outputs)
        self._decide_edges(index, event.handle)

    def _failed(self, index: int, event: ev.NodeFailed) -> None:
        del self.running[index]
        self.in_doubt.discard(index)
        if event.handled is None:
            self.fatal = event.error
            return
        self.exceptions += 1
        self.pool[index] = event.outputs
        self._decide_edges(index, FAIL_HANDLE if event.handled == "branch" else None)

    def _decide_edges(self, index: int, chosen: str | None, *, skip: bool = False) -> None:
        """Every edge out of a node is now taken or not; a target with no open edge left is ready or to be skipped."""
        undecided, taken = self.undecided, self.taken
        for handle, target in self.plan.edges_out[index]:
            if not skip and (handle == chosen if chosen is not None else handle != FAIL_HANDLE):
                taken[target] = True
            undecided[target] -= 1
            if not undecided[target]:
                if taken[target]:
                    self.ready[target] = 1
                else:
                    self.to_skip[target] = None
