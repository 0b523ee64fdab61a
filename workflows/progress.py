"""Where a run stands on its plan: which edges are decided, what is ready, what runs, and every node's outputs.

Knows a plan and the events so far; decides nothing and does nothing. A fresh and a recovered run build it the same
way, by observing events in order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from workflows import events as ev
from workflows.assign import settle
from workflows.containers import Work
from workflows.frames import Cell, Frame, sub_workflow_pool
from workflows.plan import FAIL_HANDLE, Plan, PlanNode
from workflows.template import CONVERSATION, ENV, INPUTS, OWN, SYS, Pool


class Wait(NamedTuple):
    """What a node's attempt waits for; `signal` is what came, once it came."""

    attempt: int
    wait: dict[str, Any]
    signal: dict[str, Any] | None = None


class Progress:
    """The plan's view of one run.

    A cell, a node of a frame, is in at most one of `ready`, `to_skip`, `running` (a step works on it), `retrying`,
    `waiting` and `open` (a container at work). `resumed` are running ones whose wait is over. `due` are containers
    that may want another frame or be done. `closing` are frames that failed or in which nothing is left to run.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.top = Frame(plan.top, Pool.of(len(plan.nodes)))
        self.frames: dict[str, Frame] = {"": self.top}
        self.ready: dict[Cell, int] = {}
        self.to_skip: dict[Cell, None] = {}
        self.running: dict[Cell, int] = {}
        self.retrying: dict[Cell, int] = {}
        self.waiting: dict[Cell, Wait] = {}
        self.resumed: dict[Cell, Wait] = {}
        self.open: dict[Cell, int] = {}
        self.works: dict[Cell, Work] = {}
        self.inner: dict[Cell, dict[int, Frame]] = {}
        self.due: dict[Cell, None] = {}
        self.closing: dict[Frame, None] = {}
        self.in_doubt: set[Cell] = set()
        self.open_steps: dict[Cell, set[int]] = {}
        """Steps of running tasks that must not happen twice and have begun, by number."""
        self.steps: dict[Cell, list[ev.NodeStep]] = {}
        self.dropped: list[Frame] = []
        """Frames that ended before their nodes were done; whoever runs those nodes takes them from here."""
        self.exceptions = 0
        self.started: ev.RunStarted | None = None
        self.fatal: ev.ErrorInfo | None = None
        self.paused: ev.RunPaused | None = None
        self.ended: ev.Event | None = None

    def observe(self, event: ev.Event) -> None:
        """Take one event in."""
        take = _TAKERS.get(type(event))
        if take is not None:
            take(self, event)

    def cell(self, event: ev.NodeEvent) -> Cell:
        """The node an event is about."""
        frame = self.frames[event.frame]
        return frame, frame.region.index[event.node_id]

    def node(self, cell: Cell) -> PlanNode:
        """The plan's side of a cell."""
        return cell[0].region.nodes[cell[1]]

    def steps_of(self, cell: Cell, attempt: int) -> list[ev.NodeStep]:
        """What a node's attempt has recorded of its steps."""
        return [step for step in self.steps.get(cell, ()) if step.attempt == attempt]

    def _run_started(self, event: ev.RunStarted) -> None:
        plan, top = self.plan, self.top
        self.started = event
        top.history = event.history
        top.pool[ENV] = dict(plan.top.environment)
        top.pool[INPUTS], top.pool[SYS] = event.inputs, event.sys
        top.pool[CONVERSATION] = {**plan.top.conversation, **event.conversation}
        start = plan.top.index.get(event.root, plan.start)
        for root in plan.roots:
            self._turn(top, root, taken=root == start)

    def _turn(self, frame: Frame, index: int, *, taken: bool) -> None:
        """A node's last edge is decided: it is ready, or to be skipped."""
        frame.active += 1
        if taken:
            self.ready[frame, index] = 1
        else:
            self.to_skip[frame, index] = None

    def _less(self, frame: Frame) -> None:
        """One node of a frame is done, and what follows it is counted already."""
        frame.active -= 1
        if not frame.active and frame is not self.top:
            self.closing[frame] = None

    def _node_started(self, event: ev.NodeStarted) -> None:
        cell = self.cell(event)
        self.ready.pop(cell, None)
        if self.retrying:
            self.retrying.pop(cell, None)
        self.running[cell] = event.attempt

    def _node_skipped(self, event: ev.NodeSkipped) -> None:
        cell = self.cell(event)
        del self.to_skip[cell]
        self._decide_edges(cell, None, skip=True)
        self._less(cell[0])

    def _node_intent(self, event: ev.NodeIntent) -> None:
        """A node that acts once says so itself; in every other it is a step, whose number ends the key."""
        cell = self.cell(event)
        number = event.key.rpartition(":")[2]
        if self.node(cell).effect != "once" and number.isdecimal():
            self.open_steps.setdefault(cell, set()).add(int(number))
        else:
            self.in_doubt.add(cell)

    def _node_step(self, event: ev.NodeStep) -> None:
        cell = self.cell(event)
        self.open_steps.get(cell, set()).discard(event.index)
        self.steps.setdefault(cell, []).append(event)

    def _node_retrying(self, event: ev.NodeRetrying) -> None:
        cell = self.cell(event)
        self._settle(cell)
        self.retrying[cell] = event.attempt

    def _node_waiting(self, event: ev.NodeWaiting) -> None:
        cell = self.cell(event)
        self.waiting[cell] = Wait(self.running.pop(cell), event.wait)

    def _node_resumed(self, event: ev.NodeResumed) -> None:
        cell = self.cell(event)
        wait = self.waiting.pop(cell)
        self.running[cell] = wait.attempt
        self.resumed[cell] = wait._replace(signal=event.signal)
        self.paused = None

    def _run_paused(self, event: ev.RunPaused) -> None:
        self.paused = event

    def _run_ended(self, event: ev.RunFinished | ev.RunFailed | ev.RunStopped) -> None:
        self.ended = event

    def _settle(self, cell: Cell) -> None:
        """An attempt is over: nothing of it is kept."""
        if self.running.pop(cell, None) is None:
            del self.open[cell]
            self.due.pop(cell, None)
        if self.in_doubt or self.open_steps or self.steps or self.resumed:
            self.in_doubt.discard(cell)
            self.open_steps.pop(cell, None)
            self.steps.pop(cell, None)
            self.resumed.pop(cell, None)
        if self.works and self.works.pop(cell, None) is not None:
            for frame in self.inner.pop(cell).values():
                self._drop(frame)

    def _node_finished(self, event: ev.NodeFinished) -> None:
        frame, index = cell = self.cell(event)
        self._settle(cell)
        frame.pool[index] = event.outputs
        node = frame.region.nodes[index]
        if event.writes:
            self._write(frame, event.writes)
        if node.is_output:
            frame.home.outputs.update(event.outputs)
        elif node.step.answer is not None and frame.home is not self.top:
            frame.home.answers.append(str(event.outputs.get("answer", "")))
        self._decide_edges(cell, event.handle)
        self._less(frame)

    def _node_failed(self, event: ev.NodeFailed) -> None:
        frame, index = cell = self.cell(event)
        self._settle(cell)
        if event.handled is None:
            if frame is self.top:
                self.fatal = event.error
            else:
                frame.error = event.error
                self.closing[frame] = None
            return
        self.exceptions += 1
        frame.pool[index] = event.outputs
        self._decide_edges(cell, FAIL_HANDLE if event.handled == "branch" else None)
        self._less(frame)

    def _decide_edges(self, cell: Cell, chosen: str | None, *, skip: bool = False) -> None:
        """Every edge out of a node is now taken or not; a target with no open edge left turns ready or is skipped."""
        frame, index = cell
        undecided, taken = frame.undecided, frame.taken
        for handle, target in frame.region.edges_out[index]:
            if not skip and (handle == chosen if chosen is not None else handle != FAIL_HANDLE):
                taken[target] = True
            undecided[target] -= 1
            if not undecided[target]:
                self._turn(frame, target, taken=taken[target])

    def _write(self, frame: Frame, writes: list[ev.Write]) -> None:
        for write in writes:
            head, name = write.target[0], write.target[1]
            if head == "conversation":
                values, types = frame.pool[CONVERSATION], frame.home.region.conversation_types
            else:
                values, types = _loop_variables(frame, head)
            if values is not None:
                values[name] = settle(write.op, values.get(name), write.value, types.get(name, "any"))

    def _container_started(self, event: ev.ContainerStarted) -> None:
        cell = self.cell(event)
        container = self.node(cell).step.container
        assert container is not None
        self.open[cell] = self.running.pop(cell)
        shared = container.shared(event.inputs)
        if shared is not None:
            cell[0].pool[cell[1]] = shared
        self.works[cell] = Work(event.inputs, event.length, shared)
        self.inner[cell] = {}
        self.due[cell] = None

    def _frame_started(self, event: ev.FrameStarted) -> None:
        around, node = cell = self.cell(event)
        container, index = around.region.nodes[node].step.container, event.index
        work = self.works.get(cell)
        if work is None:
            # A running task opened it; containers are known by their own event before.
            work = self.works[cell] = Work({})
            self.inner[cell] = {}
        own = work.shared
        if container is None:
            region = self.plan.regions[event.region]
        else:
            region = self.plan.regions[container.region]
            if own is None:
                own = container.own(work.inputs, index)
        if region.outer:
            pool = sub_workflow_pool(region, own if own is not None else event.inputs, around.pool)
        else:
            pool = around.pool.inside(len(region.nodes), own)
        path = ev.frame_path(event.frame, event.node_id, index)
        attempt = self.open.get(cell) or self.running[cell]
        frame = Frame(region, pool, path, around, node, index, attempt)
        self.frames[path] = self.inner[cell][index] = frame
        if index >= work.opened:
            work.opened = index + 1
        work.running += 1
        if container is not None and work.running >= container.parallel:
            self.due.pop(cell, None)
        taken, n_in = frame.taken, region.n_in
        for target in region.entry:
            taken[target] = True
            if not n_in[target]:
                frame.active += 1
                self.ready[frame, target] = 1
        if not frame.active:
            self.closing[frame] = None

    def _frame_finished(self, event: ev.FrameFinished) -> None:
        cell = self.cell(event)
        work = self.works[cell]
        frame = self.inner[cell].pop(event.index)
        self.closing.pop(frame, None)
        work.running -= 1
        if event.error is None:
            work.outputs[event.index] = event.output
        else:
            work.errors[event.index] = event.error
            container = self.node(cell).step.container
            if container is not None and container.tolerant:
                self.exceptions += 1
        if frame.active:
            self._drop(frame)
        else:
            del self.frames[frame.path]
        if cell in self.open:
            self.due[cell] = None

    def _drop(self, frame: Frame) -> None:
        """Forget a frame and all within it."""
        pending = [frame]
        while pending:
            frame = pending.pop()
            del self.frames[frame.path]
            self.closing.pop(frame, None)
            for index in range(len(frame.region.nodes)):
                cell = (frame, index)
                for cells in (self.ready, self.to_skip, self.running, self.retrying, self.waiting, self.open, self.due):
                    cells.pop(cell, None)
                self.in_doubt.discard(cell)
                self.open_steps.pop(cell, None)
                self.steps.pop(cell, None)
                self.resumed.pop(cell, None)
                if self.works.pop(cell, None) is not None:
                    pending += self.inner.pop(cell).values()
            self.dropped.append(frame)


_TAKERS: dict[type[Any], Callable[[Progress, Any], None]] = {
    ev.RunStarted: Progress._run_started,
    ev.NodeStarted: Progress._node_started,
    ev.NodeFinished: Progress._node_finished,
    ev.NodeSkipped: Progress._node_skipped,
    ev.NodeFailed: Progress._node_failed,
    ev.NodeRetrying: Progress._node_retrying,
    ev.NodeIntent: Progress._node_intent,
    ev.NodeStep: Progress._node_step,
    ev.NodeWaiting: Progress._node_waiting,
    ev.NodeResumed: Progress._node_resumed,
    ev.ContainerStarted: Progress._container_started,
    ev.FrameStarted: Progress._frame_started,
    ev.FrameFinished: Progress._frame_finished,
    ev.RunPaused: Progress._run_paused,
    ev.RunFinished: Progress._run_ended,
    ev.RunFailed: Progress._run_ended,
    ev.RunStopped: Progress._run_ended,
}
"""Who takes what. What stands in none changes nothing here."""


def _loop_variables(frame: Frame, owner: str) -> tuple[dict[str, Any] | None, Any]:
    """The variables of the nearest loop of that id around, and their types."""
    at: Frame | None = frame
    while at is not None and at.around is not None:
        container = at.owner.step.container
        if at.region.owner == owner and container is not None and container.types:
            return at.pool[OWN], container.types
        at = at.around
    return None, {}
