"""What a drive listens for beside its own nodes: signals for those that wait, times that come, and the budget.

Knows progress, waits and limits; records nothing and stops nothing, but says what is due.
"""

from __future__ import annotations

from workflows.events import ErrorInfo
from workflows.frames import Cell
from workflows.log import Log
from workflows.ports import Clock, Control, Signal
from workflows.values import is_too_deep


class Watch:
    """One drive's ears and clock."""

    def __init__(self, log: Log, control: Control, clock: Clock) -> None:
        self._log, self._control, self._clock = log, control, clock
        self._began = clock.monotonic()

    def heard(self) -> list[tuple[Cell, Signal]]:
        """What waiting nodes are to be told now, once each: what was sent, then that their time is up. A signal that
        nothing waits for is passed over: it came twice, or too late. So is one whose data no log could hold.
        """
        waiting, sent = self._log.progress.waiting, self._control.signals
        if not waiting:
            sent.clear()
            return []
        found: dict[Cell, Signal] = {}
        if sent:
            cells = {wait.wait["key"]: cell for cell, wait in waiting.items()}
            while sent:
                signal = sent.popleft()
                cell = cells.get(signal.key)
                if cell is not None and not is_too_deep(signal.data):
                    found.setdefault(cell, signal)
        now = self._clock.now()
        for cell, wait in waiting.items():
            expires_at = wait.wait.get("expires_at")
            if expires_at is not None and expires_at <= now and cell not in found:
                found[cell] = Signal(key=wait.wait["key"], type="time" if wait.wait["type"] == "time" else "timeout")
        return list(found.items())

    def overrun(self) -> ErrorInfo | None:
        """Why the run may not go on; None when it may."""
        budget = self._log.budget
        if budget is None:
            return None
        left = budget.seconds_left(self._here_s())
        return budget.out_of_time() if left is not None and left <= 0 else budget.overspent()

    def seconds(self) -> float | None:
        """How long until a time comes that the run must not sleep through; None when there is none."""
        waits, budget = self._log.progress.waiting.values(), self._log.budget
        expiries = [wait.wait["expires_at"] for wait in waits if wait.wait.get("expires_at") is not None]
        times = [min(expiries) - self._clock.now()] if expiries else []
        left = None if budget is None else budget.seconds_left(self._here_s())
        if left is not None:
            times.append(left)
        return max(0.0, min(times)) if times else None

    def _here_s(self) -> float:
        return self._clock.monotonic() - self._began
