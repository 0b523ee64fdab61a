"""Begins and ends frames, and the containers they belong to: the driver's hands for whatever has a body.

Knows one driver; decides nothing. What a container itself says is asked of it here, and what it raises is its failure.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from workflows import records
from workflows.containers import Container
from workflows.errors import NodeError
from workflows.frames import Cell, Frame
from workflows.tasks import Outcome, attempted, timed_out

if TYPE_CHECKING:
    from workflows.driver import Driver


class Framing:
    """The frames of one drive. `began` is when each of them did, in the drive's own seconds."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._began: dict[Frame, float] = {}

    def _container(self, cell: Cell) -> Container:
        frame, index = cell
        container = frame.region.nodes[index].step.container
        assert container is not None
        return container

    def open_container(self, cell: Cell, attempt: int) -> None:
        """Ask a container what it works on, and write it down."""
        driver = self._driver
        opening = attempted(cell, self._container(cell).open, driver.context(cell, attempt))
        if isinstance(opening, NodeError):
            driver.record_outcome(cell, opening)
            return
        driver.log.record(records.container_started(cell, opening))
        self.limit_container(cell)

    def limit_container(self, cell: Cell, spent: float = 0.0) -> None:
        """Let a container's time run out, where it has a limit; it has `spent` so much of it in earlier drives."""
        limit = self._driver.progress.node(cell).policy.timeout_s
        if limit is not None:
            self._driver.tasks.start(cell, partial(self._time_limit, limit, max(0.0, limit - spent)))

    async def _time_limit(self, limit: float, left: float) -> Outcome:
        await self._driver.clock.sleep(left)
        return timed_out(limit)

    def limit_recovered(self, spent: Mapping[tuple[str, str], float]) -> None:
        """Let the time of the containers that a recovered run has open run on: a crash gives no second time."""
        for cell in self._driver.progress.open:
            self.limit_container(cell, spent.get((cell[0].path, self._driver.progress.node(cell).id), 0.0))

    def close_container(self, cell: Cell) -> None:
        """Make a container's result of what its frames gave."""
        driver = self._driver
        driver.tasks.end(cell)
        work = driver.progress.works[cell]
        driver.record_outcome(cell, attempted(cell, self._container(cell).result, work))

    def open_frame(self, cell: Cell, number: int, region: str = "", inputs: dict[str, Any] | None = None) -> None:
        """Begin a frame of a container, or, with a region, one that a running task asked for."""
        driver = self._driver
        container = cell[0].region.nodes[cell[1]].step.container
        if container is not None and driver.plan.regions[container.region].outer:
            region = container.region
        driver.log.record(records.frame_started(cell, number, region, inputs or {}))
        self._began[driver.progress.inner[cell][number]] = driver.clock.monotonic()

    def close_frame(self, frame: Frame) -> None:
        """End a frame, and tell the task that may wait for it."""
        driver = self._driver
        assert frame.around is not None
        cell = (frame.around, frame.node)
        error = frame.error
        output: Any = None
        if error is None and frame.region.outer:
            output = frame.result()
        elif error is None:
            output = attempted(cell, self._container(cell).output, frame.pool, driver.progress.works[cell])
            if isinstance(output, NodeError):
                error, output = records.error_info(cell, output), None
        now = driver.clock.monotonic()
        elapsed_ms = round((now - self._began.pop(frame, now)) * 1000, 2)
        driver.log.record(records.frame_finished(frame, output, error, elapsed_ms))
        if driver.progress.dropped:
            self.forget_dropped()
        inside = driver.inside.get(cell)
        if inside is not None:
            inside.frame_finished(frame.index)

    def forget_dropped(self) -> None:
        """Cancel what runs in frames that ended before their nodes were done."""
        driver = self._driver
        for frame in driver.progress.dropped:
            driver.tasks.end_frame(frame)
            self._began.pop(frame, None)
            for index in range(len(frame.region.nodes)):
                driver.began.pop((frame, index), None)
                driver.inside.pop((frame, index), None)
        driver.progress.dropped.clear()
