"""Celery's processes: two workers and the scheduler. Knows command lines and queues, not what the tasks do.

Runs wait for models nearly all the time, so one process with many threads carries them. Indexing keeps the processor
busy, so it has a process of its own and cannot delay a run.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from weft.services.layout import ROOT, DataDir
from weft.services.service import Service

# They only take leases; one loop then carries every run of the process (apps.runs.executor).
RUN_THREADS = 8
# Five for long work (apps.knowledge.slots), so that one is always there for short upkeep.
INDEX_THREADS = 6
QUIET = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO")


def services(
    data: DataDir, *, env: Mapping[str, str], after: tuple[str, ...], worker: bool, scheduler: bool
) -> tuple[Service, ...]:
    chosen: tuple[Service, ...] = ()
    if worker:
        chosen += (
            _worker(data, "worker", "Run worker", "runs,default", RUN_THREADS, env, after),
            _worker(data, "indexer", "Index worker", "index", INDEX_THREADS, env, after),
        )
    if scheduler:
        chosen += (_scheduler(data, env, after),)
    return chosen


def _worker(
    data: DataDir, name: str, title: str, queues: str, threads: int, env: Mapping[str, str], after: tuple[str, ...]
) -> Service:
    marker = data.run / f"{name}.ready"
    return Service(
        name=name,
        title=title,
        command=(
            *(sys.executable, "-m", "celery", "--app", "weft", "worker", "--queues", queues, "--pool", "threads"),
            *("--concurrency", str(threads), "--hostname", f"{name}@weft", "--include", "weft.services.ready", *QUIET),
        ),
        ready=lambda pid: _names(marker, pid),
        log=data.log(name),
        cwd=ROOT,
        env={**env, "WEFT_READY_FILE": str(marker)},
        after=after,
        # A run that is cut off is taken up again from its log, so ending need not wait for long ones.
        stop_timeout_s=8.0,
        death_signal=signal.SIGKILL,
    )


def _scheduler(data: DataDir, env: Mapping[str, str], after: tuple[str, ...]) -> Service:
    marker = data.run / "scheduler.ready"
    return Service(
        name="scheduler",
        title="Scheduler",
        command=(sys.executable, "-m", "weft.services.scheduler"),
        ready=lambda pid: _names(marker, pid),
        log=data.log("scheduler"),
        cwd=ROOT,
        env={**env, "WEFT_READY_FILE": str(marker)},
        after=after,
        stop_timeout_s=5.0,
    )


def _names(marker: Path, pid: int) -> bool:
    """Whether the process with this pid has said that it is ready (weft.services.ready)."""
    try:
        return marker.read_text().strip() == str(pid)
    except OSError:
        return False
