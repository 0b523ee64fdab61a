"""The one thread of a worker process that writes to the run log.

Knows batching and retries; knows nothing of what the rows mean. While one commit is under way the next batch gathers,
so the cost of a commit is shared by all the runs of the process and a slow disk makes batches larger, not queues
longer.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from django.db import InterfaceError, OperationalError

from apps.runs.commit import Append, Row, commit
from weft.db.aio import release

# How long rows that nobody waits for may gather.
LINGER_S = 0.01
RETRY_S = 0.5

log = logging.getLogger(__name__)

Done = Callable[[BaseException | None], None]


class StaleLease(Exception):
    """Somebody else carries the run now; nothing was stored."""


class _Item(NamedTuple):
    append: Append
    done: Done


class GroupWriter:
    """Takes appends from any thread; commits those of one run in the order in which they came."""

    def __init__(self) -> None:
        self._items: list[_Item] = []
        self._urgent = False
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="weft-run-log", daemon=True)
        self._thread.start()

    def submit(self, append: Append, done: Done) -> None:
        """`done` is called on the writer's thread, with None once the append is committed, else with the reason."""
        with self._changed:
            self._items.append(_Item(append, done))
            self._urgent = self._urgent or append.durable
            self._changed.notify()

    def close(self, timeout_s: float) -> None:
        """Write what is there and end."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while items := self._next():
            self._write(items)
        release()

    def _next(self) -> list[_Item]:
        """The next batch; empty at the end."""
        with self._changed:
            while not self._items and not self._closing:
                self._changed.wait()
            if not self._urgent and not self._closing:
                self._changed.wait_for(lambda: self._urgent or self._closing, LINGER_S)
            items, self._items, self._urgent = self._items, [], False
        return items

    def _write(self, items: list[_Item]) -> None:
        while True:
            try:
                merged = _merged(items)
                stale = commit(list(merged.values()))
            except (OperationalError, InterfaceError) as error:
                # the database is away; leases decide later whether this process may still write
                log.warning("Committing %d appends failed, trying again: %s", len(items), error)
                release()
                if self._closing:
                    return _refuse(items, error)
                time.sleep(RETRY_S)
            except Exception as error:
                return self._write_singly(items, error)
            else:
                break
        for item in items:
            run_id = item.append.run_id
            refused = run_id in stale or item.append.fence < merged[run_id].fence
            item.done(StaleLease(run_id) if refused else None)
        return None

    def _write_singly(self, items: list[_Item], error: Exception) -> None:
        """One run's rows cannot be stored: the others must not suffer."""
        runs = {item.append.run_id for item in items}
        if len(runs) == 1:
            log.error("The events of run %s cannot be stored", runs.pop(), exc_info=error)
            return _refuse(items, error)
        for run_id in runs:
            self._write([item for item in items if item.append.run_id == run_id])
        return None


def _refuse(items: list[_Item], error: BaseException) -> None:
    for item in items:
        item.done(error)


def _merged(items: list[_Item]) -> dict[str, Append]:
    """One append a run. Should an owner and his successor meet in one batch, only the newer fence counts."""
    rows: dict[tuple[str, int], list[Row]] = {}
    merged: dict[str, Append] = {}
    for append in sorted((item.append for item in items), key=lambda append: append.fence):
        run_id = append.run_id
        gathered = rows.setdefault((run_id, append.fence), [])
        gathered += append.rows
        before = merged.get(run_id)
        same = before is not None and before.fence == append.fence
        merged[run_id] = append._replace(
            rows=gathered,
            closing=append.closing or (before.closing if same and before else None),
            waits=before.waits.then(append.waits) if same and before is not None else append.waits,
            durable=append.durable or (same and before is not None and before.durable),
        )
    return merged
