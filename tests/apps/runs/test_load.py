"""Many runs at once, on real workers: a thousand that wait for a model, and how many short ones a second.

The throughput is printed and only held to a floor that a busy machine reaches too.
"""

from __future__ import annotations

import time
from pathlib import Path

import psutil
import pytest
from django.db import connection
from django.db.models import Max, Min

from apps.runs.models import Run
from tests.apps.runs.graphs import chat_document, echo_document, make_app, queue_run
from tests.apps.runs.worker import Worker
from tests.factories import make_provider, make_workspace
from tests.fakes.openai_server import FakeOpenAI
from tests.waiting import until_sync

N_WAITING = 1000
WAIT_S = 5.0
MAX_RSS_MIB = 400
MAX_CONNECTIONS = 20
NAME = "weft-test-load"
N_SHORT = 600
MIN_RUNS_A_SECOND = 20


@pytest.mark.django_db(transaction=True)
def test_a_thousand_runs_wait_on_one_worker(server: FakeOpenAI, clean_redis: str, tmp_path: Path) -> None:
    workspace = make_workspace()
    make_provider(workspace, server.base_url)
    server.mode, server.pause_s, server.reply = "slow", WAIT_S, lambda body: ["Hello"]
    app = make_app(workspace, chat_document())
    worker = Worker(tmp_path / "worker.log", WEFT_EGRESS_ALLOW="127.0.0.1", PGAPPNAME=NAME)
    for _ in range(N_WAITING):
        queue_run(app, query="Hi")
    peak = _Peak()
    worker.start()
    try:
        process = psutil.Process(worker.pid)
        until_sync(lambda: peak.look(process) and Run.objects.filter(status="finished").count() == N_WAITING, 150)
    finally:
        worker.kill()

    print(
        f"\n{N_WAITING} runs of {WAIT_S:g} s: at most {peak.rss_mib:.0f} MiB, {peak.connections} database connections"
    )
    assert peak.rss_mib < MAX_RSS_MIB
    assert 0 < peak.connections <= MAX_CONNECTIONS


@pytest.mark.django_db(transaction=True)
def test_short_runs_a_second(clean_redis: str, tmp_path: Path) -> None:
    app = make_app(make_workspace(), echo_document())
    for _ in range(N_SHORT):
        queue_run(app, text="a")
    workers = [Worker(tmp_path / f"worker-{i}.log") for i in range(2)]
    try:
        for worker in workers:
            worker.start()
        until_sync(lambda: Run.objects.filter(status="finished").count() == N_SHORT, 150)
    finally:
        for worker in workers:
            worker.kill()

    span = Run.objects.aggregate(began=Min("started_at"), ended=Max("finished_at"))
    rate = N_SHORT / (span["ended"] - span["began"]).total_seconds()
    print(f"\n{rate:.0f} runs of three nodes a second, two workers")
    assert rate > MIN_RUNS_A_SECOND


class _Peak:
    """The most memory and database connections of a worker seen. Its connections carry its name among all others."""

    def __init__(self) -> None:
        self.rss_mib, self.connections = 0.0, 0

    def look(self, process: psutil.Process) -> bool:
        self.rss_mib = max(self.rss_mib, process.memory_info().rss / 2**20)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", [NAME])
            self.connections = max(self.connections, int(cursor.fetchone()[0]))
        time.sleep(0.2)
        return True
