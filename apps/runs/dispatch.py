"""Messages to workers. They carry a run's id and nothing else: whatever they say, the database decides.

Knows the queue's name; knows nothing of tasks, which would import the executor into web processes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from uuid import UUID

from celery import current_app

from weft.events import connection, topics

QUEUE = "runs"
# A run whose message is not in the broker any more waits this long: it may just have been taken.
LOST_AFTER_S = 5.0
# What is assumed of a message that does not say when it was sent.
UNKNOWN_S = 60.0
SENT_AT = "sent_at"


def execute(run_ids: Iterable[UUID | str]) -> None:
    """Ask some worker to carry these runs."""
    for run_id in run_ids:
        headers = {SENT_AT: time.time()}
        current_app.send_task("runs.execute_run", args=[str(run_id)], queue=QUEUE, headers=headers)


def command_stop(run_id: UUID | str) -> None:
    """Tell whichever worker carries the run to stop it."""
    topics.publish(QUEUE, {"op": "stop", "run_id": str(run_id)})


def command_signal(run_id: UUID | str) -> None:
    """Tell whichever worker carries the run that a signal for it was stored."""
    topics.publish(QUEUE, {"op": "signal", "run_id": str(run_id)})


def backlog_s() -> float:
    """How long ago the message was sent that is taken next; 0 when none waits.

    Messages are taken in order. A run that nobody carries, and whose message was sent before that one, has lost its
    own: it was taken by a worker that died before it had the lease.
    """
    oldest = connection.client().lindex(QUEUE, -1)
    if oldest is None:
        return 0.0
    try:
        return max(0.0, time.time() - float(json.loads(oldest)["headers"][SENT_AT]))
    except (ValueError, KeyError, TypeError):
        return UNKNOWN_S
