"""Runs that wait cost next to nothing: no thread, no database connection, little memory. Measured on a real worker."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import psutil
import pytest
from django.db import connection

from apps.runs import services
from apps.runs.models import Run, RunEvent
from tests.apps.runs.graphs import chat_document, echo_document, make_app, queue_run
from tests.apps.runs.worker import Worker
from tests.factories import make_provider, make_workspace
from tests.fakes.openai_server import FakeOpenAI
from tests.waiting import until_sync
from weft.events import runlog

N_RUNS = 200
MAX_THREADS = 45
MAX_CONNECTIONS = 17
MAX_KIB_A_RUN = 400


@pytest.mark.django_db(transaction=True)
def test_two_hundred_waiting_runs_share_a_few_threads(server: FakeOpenAI, clean_redis: str, tmp_path: Path) -> None:
    workspace = make_workspace()
    make_provider(workspace, server.base_url)
    worker = Worker(tmp_path / "worker.log", WEFT_EGRESS_ALLOW="127.0.0.1")
    worker.start()
    try:
        first_event_ms, total_ms = _hop(make_app(workspace, echo_document()))
        process = psutil.Process(worker.pid)
        empty_mib = process.memory_info().rss / 2**20
        server.mode = "hang_before_first_byte"
        app = make_app(workspace, chat_document())

        started = time.monotonic()
        runs = [queue_run(app, query="Hi") for _ in range(N_RUNS)]
        until_sync(lambda: len(server.requests) == N_RUNS, timeout_s=60)
        taken_s = time.monotonic() - started
        threads, full_mib, connections = process.num_threads(), process.memory_info().rss / 2**20, _connections()
        for run in runs:
            services.stop_run(run.id)
        until_sync(lambda: not Run.objects.filter(finished_at=None).exists(), timeout_s=20)
    finally:
        worker.kill()

    print(f"\nfirst event {first_event_ms:.0f} ms, whole run {total_ms:.0f} ms; {N_RUNS} taken in {taken_s:.1f} s:")
    print(f"{threads} threads, {connections} connections, {empty_mib:.0f} MiB before, {full_mib:.0f} MiB with them")
    assert set(Run.objects.filter(app=app).values_list("status", flat=True)) == {"stopped"}
    assert threads <= MAX_THREADS
    assert connections <= MAX_CONNECTIONS + 1
    assert (full_mib - empty_mib) * 1024 / N_RUNS < MAX_KIB_A_RUN
    assert server.aborted == N_RUNS


def _hop(app: object) -> tuple[float, float]:
    """Median milliseconds from queueing a run to its first event in Redis, and to its stored end."""
    first_ms, whole_ms = [], []
    for _ in range(12):
        begun = time.monotonic()
        run = queue_run(app, text="a")  # type: ignore[arg-type]
        until_sync(lambda run=run: runlog.read(str(run.id), limit=1))
        first_ms.append((time.monotonic() - begun) * 1000)
        until_sync(lambda run=run: RunEvent.objects.filter(run=run, type="run_finished").exists())
        whole_ms.append((time.monotonic() - begun) * 1000)
    return statistics.median(first_ms), statistics.median(whole_ms)


def _connections() -> int:
    """Connections to the test database that are not this process's own."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])
