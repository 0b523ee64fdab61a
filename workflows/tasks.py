"""The asyncio tasks of one drive: running nodes, pauses between attempts, time limits of containers.

Knows tasks, and wakes the driver when one brought something; knows nothing of plans or of what it brought.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from workflows.errors import NodeError
from workflows.frames import Cell, Frame
from workflows.kinds import Result, Waiting

logger = logging.getLogger("workflows")

_CANCEL_WAIT_S = 5.0

Outcome = Result | Waiting | NodeError
Work = Callable[[], Coroutine[Any, Any, Outcome | None]]

T = TypeVar("T")
P = ParamSpec("P")


def attempted(cell: Cell, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T | NodeError:
    """What a node's own code gives, or why it failed."""
    try:
        return call(*args, **kwargs)
    except NodeError as error:
        return error
    except Exception as error:
        return _crash(cell, error)


def timed_out(limit: float | None) -> NodeError:
    """The failure of a node that took too long."""
    message = f"The node took longer than {limit:g} seconds." if limit else "The node timed out."
    return NodeError("node_timeout", message)


def _crash(cell: Cell, error: Exception) -> NodeError:
    node = cell[0].region.nodes[cell[1]]
    logger.error("node %s of kind %s crashed", node.id, node.kind, exc_info=error)
    message = f"The node failed unexpectedly: {type(error).__name__}: {str(error)[:300]}"
    return NodeError("node_crashed", message, retryable=False)


class Tasks:
    """At most one task for each cell. What a task brings is an outcome, or None when a pause is over."""

    def __init__(self, run_id: str) -> None:
        self.wake = asyncio.Event()
        self._arrived: deque[tuple[Cell, asyncio.Task[None] | None, Outcome | None]] = deque()
        self._run_id = run_id
        self._running: dict[Cell, asyncio.Task[None]] = {}
        self._cancelled: set[asyncio.Task[None]] = set()

    def start(self, cell: Cell, work: Work) -> None:
        """Run `work` for a cell. A NodeError it raises is its outcome; another exception becomes one."""
        name = f"node {cell[0].region.nodes[cell[1]].id}"
        self._running[cell] = asyncio.create_task(self._run(cell, work), name=name)

    async def _run(self, cell: Cell, work: Work) -> None:
        outcome: Outcome | None
        try:
            outcome = await work()
        except NodeError as error:
            outcome = error
        except Exception as error:
            outcome = _crash(cell, error)
        self._arrived.append((cell, asyncio.current_task(), outcome))
        self.wake.set()

    def take(self) -> tuple[Cell, Outcome | None] | None:
        """What came next; None when nothing has. What a cancelled task still brings is not told."""
        while self._arrived:
            cell, task, outcome = self._arrived.popleft()
            if self._running.get(cell) is task:
                del self._running[cell]
                return cell, outcome
        return None

    def end(self, cell: Cell) -> None:
        """Whatever works for a cell is no longer needed."""
        task = self._running.pop(cell, None)
        if task is not None and not task.done():
            self._cancel(task)

    def end_frame(self, frame: Frame) -> None:
        """Cancel what runs in a frame."""
        for index in range(len(frame.region.nodes)):
            self.end((frame, index))

    def cancel_all(self) -> None:
        """Cancel everything; nothing that is still brought counts."""
        for task in self._running.values():
            self._cancel(task)
        self._running.clear()

    def _cancel(self, task: asyncio.Task[None]) -> None:
        # A task that is about to finish must be waited for too, so that it closes what it holds.
        self._cancelled.add(task)
        task.add_done_callback(self._cancelled.discard)
        task.cancel()

    async def settle(self) -> None:
        """Let cancelled tasks close what they hold; one that will not end is left behind and reported."""
        if not self._cancelled:
            return
        _, pending = await asyncio.wait(set(self._cancelled), timeout=_CANCEL_WAIT_S)
        for task in pending:
            logger.error("%s of run %s does not end after being cancelled", task.get_name(), self._run_id)
