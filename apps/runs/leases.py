"""Who carries a run: leases with a fencing token, renewed while their holder lives, swept when it does not.

Knows the columns of a run that decide this; knows nothing of executing. All times are the database's own, so the
clocks of workers do not matter. Every function is one short transaction and safe to repeat.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.conf import settings
from django.db import connection

from apps.runs.models import Run

# A run that was handed on this often without a pause kills its workers, or its hooks cannot succeed. It is failed
# rather than tried for ever.
MAX_TRIES = 25
SWEEP_LIMIT = 500


class Lease(NamedTuple):
    """The right to append to a run's log until somebody with a higher `fence` has it.

    `tries` counts the leases since the run began or last paused.
    """

    run_id: str
    fence: int
    tries: int = 1


class Renewal(NamedTuple):
    """`lost` may not go on; `stopping` were asked to stop; for `signalled` a signal is stored."""

    lost: list[str]
    stopping: list[str]
    signalled: list[str]


class Released(NamedTuple):
    """What is to be done after a pause that something has overtaken: go on at once, or stop."""

    is_due: bool
    is_stopping: bool


def acquire(run_id: str) -> Lease | None:
    """The run's lease, or None when someone holds it, or nothing is owed to the run any more."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE runs_run
               SET fence = fence + 1, dispatched_at = NULL,
                   lease_expires_at = clock_timestamp() + make_interval(secs => %s),
                   status = CASE WHEN status = 'queued' THEN 'running' ELSE status END,
                   started_at = COALESCE(started_at, clock_timestamp())
             WHERE id = %s
               AND (lease_expires_at < clock_timestamp() OR (lease_expires_at IS NULL AND status = 'queued'))
            RETURNING fence, fence - calm_fence
            """,
            [settings.RUN_LEASE_S, run_id],
        )
        row = cursor.fetchone()
    return Lease(run_id, row[0], row[1]) if row else None


def take_locked(run: Run) -> Lease:
    """The lease of a run that nobody carries and whose row the caller has locked, for the sake of its end."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE runs_run
               SET fence = fence + 1, dispatched_at = NULL,
                   lease_expires_at = clock_timestamp() + make_interval(secs => %s)
             WHERE id = %s
            RETURNING fence
            """,
            [settings.RUN_LEASE_S, run.id],
        )
        row = cursor.fetchone()
    return Lease(str(run.id), row[0])


def renew(leases: Sequence[Lease]) -> Renewal:
    """Extend all leases of a process in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE runs_run AS run
               SET lease_expires_at = clock_timestamp() + make_interval(secs => %s)
              FROM unnest(%s::uuid[], %s::int[]) AS mine(id, fence)
             WHERE run.id = mine.id AND run.fence = mine.fence AND run.lease_expires_at IS NOT NULL
            RETURNING run.id, run.stop_requested_at IS NOT NULL,
                      EXISTS (SELECT 1 FROM runs_wait AS wait
                               WHERE wait.run_id = run.id AND wait.signal IS NOT NULL AND wait.resumed_at IS NULL)
            """,
            [settings.RUN_LEASE_S, [lease.run_id for lease in leases], [lease.fence for lease in leases]],
        )
        kept = cursor.fetchall()
    kept_ids = {str(run_id) for run_id, _, _ in kept}
    return Renewal(
        lost=[lease.run_id for lease in leases if lease.run_id not in kept_ids],
        stopping=[str(run_id) for run_id, stopping, _ in kept if stopping],
        signalled=[str(run_id) for run_id, _, signalled in kept if signalled],
    )


def release(lease: Lease) -> Released:
    """Nothing is owed any more, unless something came while the run was being paused. Without effect for a lease that
    was lost.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE runs_run SET lease_expires_at = NULL
             WHERE id = %s AND fence = %s
            RETURNING status = 'queued', status = 'paused' AND stop_requested_at IS NOT NULL
            """,
            [lease.run_id, lease.fence],
        )
        row = cursor.fetchone()
    return Released(*row) if row else Released(False, False)


def hand_on(held: Sequence[Lease]) -> None:
    """Let someone else take these runs at once. Without effect for leases that were lost."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE runs_run AS run SET lease_expires_at = clock_timestamp()
              FROM unnest(%s::uuid[], %s::int[]) AS mine(id, fence)
             WHERE run.id = mine.id AND run.fence = mine.fence AND run.lease_expires_at IS NOT NULL
            """,
            [[lease.run_id for lease in held], [lease.fence for lease in held]],
        )


def put_off(run_id: str) -> None:
    """The run's message was taken, and is sent again: it has not got lost."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE runs_run SET dispatched_at = clock_timestamp() WHERE id = %s AND dispatched_at IS NOT NULL",
            [run_id],
        )


def sweep(*, redispatch_s: float) -> list[str]:
    """The runs to dispatch: those whose lease expired, and those nobody took whose message is `redispatch_s` old.

    Marks them as dispatched, so that schedulers side by side do not send the same run twice.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE runs_run SET dispatched_at = clock_timestamp()
             WHERE id IN (
                   SELECT id FROM runs_run
                    WHERE (status = 'queued' OR lease_expires_at IS NOT NULL)
                      AND (lease_expires_at IS NULL OR lease_expires_at < clock_timestamp())
                      AND (dispatched_at IS NULL OR dispatched_at < clock_timestamp() - make_interval(secs => %s))
                    ORDER BY created_at LIMIT %s
                      FOR UPDATE SKIP LOCKED)
            RETURNING id
            """,
            [redispatch_s, SWEEP_LIMIT],
        )
        return [str(run_id) for (run_id,) in cursor.fetchall()]
