"""Fires schedules: once for each of their times, however many schedulers there are.

The next time of a schedule is a column. Whoever locks the row first fires and moves it on in one transaction, so a
crash in between leaves the time due. Times that passed while nobody looked are made up for by one run. Knows rows and
runs; when a schedule fires is the engine's business.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from apps.publishing.models import Firing, FiringStatus, Trigger
from apps.publishing.triggers.roots import next_time
from apps.runs import services as runs
from apps.runs.models import Source
from weft.http.errors import WeftError

AT_ONCE = 200
KEEP_DAYS = 30

log = logging.getLogger(__name__)


def fire_due() -> list[Firing]:
    """Fire every schedule whose time has come."""
    fired: list[Firing] = []
    while len(fired) < AT_ONCE and (firing := _fire_next()) is not None:
        fired.append(firing)
    return fired


def forget_firings() -> None:
    """Delete firings older than KEEP_DAYS."""
    Firing.objects.filter(created_at__lt=timezone.now() - timedelta(days=KEEP_DAYS)).delete()


@transaction.atomic
def _fire_next() -> Firing | None:
    due = _lock_due()
    if due is None:
        return None
    trigger, now = due
    scheduled_at = trigger.next_at
    assert scheduled_at is not None
    outcome = _start(trigger, scheduled_at)
    trigger.next_at = next_time(trigger, after=now)
    trigger.save(update_fields=["next_at", "updated_at"])
    return Firing.objects.create(trigger=trigger, scheduled_at=scheduled_at, **outcome)


def _lock_due() -> tuple[Trigger, datetime] | None:
    """One schedule that is due and that nobody else is firing, and the time by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT mine.id, clock_timestamp()
              FROM publishing_trigger AS mine
              JOIN studio_app AS app ON app.id = mine.app_id
             WHERE mine.next_at <= clock_timestamp() AND mine.enabled AND mine.config IS NOT NULL
               AND app.deleted_at IS NULL AND app.live_version_id IS NOT NULL
             ORDER BY mine.next_at LIMIT 1
               FOR UPDATE OF mine SKIP LOCKED
            """
        )
        row = cursor.fetchone()
    if row is None:
        return None
    return Trigger.objects.select_related("app__live_version", "app__workspace").get(id=row[0]), row[1]


def _start(trigger: Trigger, scheduled_at: datetime) -> dict[str, Any]:
    """The firing's columns. A run that cannot be started is a firing too; the schedule goes on."""
    inputs = {"inputs": {"scheduled_at": scheduled_at.strftime("%Y-%m-%dT%H:%M:%SZ")}}
    try:
        with transaction.atomic():
            run = runs.start_live_run(trigger.app, inputs=inputs, source=Source.TRIGGER, root=trigger.node_id)
    except WeftError as error:
        return {"status": FiringStatus.REFUSED, "error": {"code": error.code, "message": error.message}}
    except Exception:
        log.exception("The schedule %s of app %s could not start a run", trigger.node_id, trigger.app_id)
        fault = {
            "code": "internal_error",
            "message": "The run could not be started. The log of the worker has the cause.",
        }
        return {"status": FiringStatus.FAILED, "error": fault}
    return {"status": FiringStatus.STARTED, "run_id": run.id}
