"""Messages to workers. They carry a run's id and nothing else: whatever they say, the database decides.

Knows the queue's name; knows nothing of tasks, which would import the executor into web processes.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from celery import current_app

from weft.events import connection, topics

QUEUE = "runs"
# A queued run whose message is not in the broker any more waits this long: it may just have been taken.
LOST_AFTER_S = 5.0


def execute(run_ids: Iterable[UUID | str]) -> None:
    """Ask some worker to carry these runs."""
    for run_id in run_ids:
        current_app.send_task("runs.execute_run", args=[str(run_id)], queue=QUEUE)


def command_stop(run_id: UUID | str) -> None:
    """Tell whichever worker carries the run to stop it."""
    topics.publish(QUEUE, {"op": "stop", "run_id": str(run_id)})


def command_signal(run_id: UUID | str) -> None:
    """Tell whichever worker carries the run that a signal for it was stored."""
    topics.publish(QUEUE, {"op": "signal", "run_id": str(run_id)})


def queue_is_empty() -> bool:
    """No message waits in the broker: a run that is still queued has lost its own."""
    return connection.client().llen(QUEUE) == 0
