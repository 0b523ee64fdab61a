"""Telling a run what it waits for: a form that was filled in, an event, a time that has come. The first signal of a
wait counts, and it is a row before anybody acts on it, so no crash can lose it and none can apply it twice.

Knows waits, leases and messages; knows nothing of forms and of HTTP.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone
from redis.exceptions import RedisError

from apps.runs import dispatch
from apps.runs.errors import NothingWaits, TooDeep, WaitClosed, WaitExpired, WaitSignalled
from apps.runs.locks import lock_run
from apps.runs.models import Run, Status, Wait
from apps.runs.selectors import ENDED
from weft.db.text import storable
from workflows.values import is_too_deep

__all__ = ["callback_of", "send", "send_event", "send_to", "wake_due"]

# A run that is carried looks at the clock itself: what comes in the last moment could cross with its decision.
CARRIED_MARGIN = timedelta(seconds=1)
WAKE_LIMIT = 500

log = logging.getLogger(__name__)


@transaction.atomic
def send(
    run_id: UUID | str, key: str, *, type: str, data: Callable[[Run, Wait], Mapping[str, Any]], by: str = ""
) -> Wait:
    """Signal the wait `key` of a run, with what `data` makes of it under the run's lock.

    Raises NothingWaits, WaitSignalled, WaitExpired, WaitClosed, TooDeep, and what `data` raises, and then has changed
    nothing.
    """
    run = lock_run(run_id)
    wait = Wait.objects.filter(run_id=run_id, key=key).first() if run is not None else None
    if run is None or wait is None:
        raise NothingWaits
    _refuse_late(run, wait)
    given = dict(data(run, wait))
    if is_too_deep(given):
        raise TooDeep
    wait.signal = storable({"key": key, "type": type, "data": given, "by": by or None})
    wait.signalled_at = timezone.now()
    wait.save(update_fields=["signal", "signalled_at", "updated_at"])
    _wake(run)
    return wait


def send_event(run_id: UUID | str, name: str, data: Any, *, by: str = "") -> list[Wait]:
    """Signal every wait of the run for the event `name`. Raises NothingWaits."""
    open_waits = Wait.objects.filter(
        run_id=run_id, type="event", facts__event=name, signal__isnull=True, resumed_at=None
    )
    keys = list(open_waits.order_by("created_at", "id").values_list("key", flat=True))
    if not keys:
        raise NothingWaits
    given = data if isinstance(data, dict) else {"value": data}
    return [send(run_id, key, type="event", data=lambda *_: given, by=by) for key in keys]


def callback_of(token: str) -> str:
    """Where somebody outside calls to let the run go on that waits for an event."""
    return f"{settings.BASE_URL}/api/public/events/{token}"


def send_to(token: str, data: Any) -> Wait:
    """Signal the wait for an event whose token somebody has. Raises NothingWaits and what `send` raises."""
    wait = Wait.objects.filter(token=token, type="event", run__app__deleted_at=None).first()
    if wait is None:
        raise NothingWaits
    given = data if isinstance(data, dict) else {"value": data}
    return send(wait.run_id, wait.key, type="event", data=lambda *_: given, by="callback")


def wake_due() -> list[str]:
    """Let paused runs go on whose time has come. Returns them. Schedulers side by side wake each run once."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT id FROM runs_run
             WHERE status = 'paused' AND wake_at <= clock_timestamp()
             ORDER BY wake_at LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
            """,
            [WAKE_LIMIT],
        )
        run_ids = [run_id for (run_id,) in cursor.fetchall()]
        if not run_ids:
            return []
        # decided here, by the database's clock, so that nobody can answer what has expired
        cursor.execute(
            """
            UPDATE runs_wait
               SET signal = jsonb_build_object(
                       'key', key, 'type', CASE type WHEN 'time' THEN 'time' ELSE 'timeout' END, 'data', '{}'::jsonb),
                   signalled_at = clock_timestamp()
             WHERE run_id = ANY(%s) AND signal IS NULL AND resumed_at IS NULL AND expires_at <= clock_timestamp()
            """,
            [run_ids],
        )
        _queue(run_ids)
    return [str(run_id) for run_id in run_ids]


def _refuse_late(run: Run, wait: Wait) -> None:
    if wait.signal is not None:
        raise WaitExpired if wait.signal["type"] == "timeout" else WaitSignalled
    margin = CARRIED_MARGIN if run.status == Status.RUNNING else timedelta(0)
    if wait.expires_at is not None and wait.expires_at <= timezone.now() + margin:
        raise WaitExpired
    if run.status in ENDED or wait.resumed_at is not None:
        raise WaitClosed


def _wake(run: Run) -> None:
    """Have the signal taken: by a worker that must be found first, or by the one that carries the run."""
    if run.status == Status.PAUSED:
        _queue([run.id])
    else:
        transaction.on_commit(partial(_tell_carrier, run.id))


def _queue(run_ids: list[UUID]) -> None:
    Run.objects.filter(id__in=run_ids).update(status=Status.QUEUED, wake_at=None, dispatched_at=Now())
    transaction.on_commit(partial(_dispatch, run_ids))


def _dispatch(run_ids: list[UUID]) -> None:
    try:
        dispatch.execute(run_ids)
    except Exception:
        log.exception("The messages for %d runs could not be sent; the sweep will do it", len(run_ids))


def _tell_carrier(run_id: UUID) -> None:
    try:
        dispatch.command_signal(run_id)
    except RedisError:
        log.warning("Redis is away; run %s hears of its signal with the next renewal of its lease", run_id)
