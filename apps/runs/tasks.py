"""Celery's doors to the runs: bring a run to this process, and hand on runs that nobody carries.

Knows Celery; knows nothing of how a run is carried. `execute_run` returns as soon as the lease is taken: the lease
and its sweep answer for the run, not the broker's acknowledgement, whose time limit could never fit both a short and
a long run.
"""

from __future__ import annotations

import logging
from typing import Any

from celery import shared_task
from celery.signals import worker_ready, worker_shutdown

from apps.runs import dispatch, executor, forgetting, leases, services, signals
from weft.db.aio import release

log = logging.getLogger(__name__)


@shared_task(name="runs.execute_run")
def execute_run(run_id: str) -> None:
    """Carry the run, unless someone does or it is over. A full process puts the message back for another one."""
    try:
        executor.current().take(run_id)
    except executor.Full:
        leases.put_off(run_id)
        dispatch.execute([run_id])


@shared_task(name="runs.tend")
def tend() -> None:
    """Hand on what nobody carries any more, and let paused runs go on whose time has come."""
    try:
        services.sweep()
    finally:
        signals.wake_due()


@shared_task(name="runs.forget_files")
def forget_files() -> None:
    """Delete uploaded files that nobody needs any more."""
    forgetting.forget_files()


@shared_task(name="runs.forget_runs")
def forget_runs() -> None:
    """Delete runs that are older than their owner wants to keep them."""
    while forgetting.forget_runs() == forgetting.BATCH:
        continue


@worker_ready.connect
def _look_for_abandoned_runs(**_: Any) -> None:
    """A worker that comes back finds at once what its predecessor left, whether or not a scheduler lives."""
    try:
        services.sweep()
    except Exception:
        log.exception("Looking for abandoned runs failed; the scheduler will do it")
    finally:
        release()


@worker_shutdown.connect
def _hand_runs_on(**_: Any) -> None:
    left = executor.shut_down()
    try:
        dispatch.execute(left)
    except Exception:
        log.exception("The messages for %d runs could not be sent; the scheduler will do it", len(left))
