"""Workers are killed while runs pause, wait, are answered and go on: no answer is lost, and none is applied twice."""

from __future__ import annotations

import random
import time
from collections import Counter
from pathlib import Path

import pytest

from apps.runs import forms, selectors, services, signals
from apps.runs.models import Run, Wait
from apps.studio.graphs import document, edge, node
from tests.apps.runs.graphs import make_app, queue_run
from tests.apps.runs.worker import Worker
from tests.factories import make_workspace
from tests.waiting import until_sync

N_RUNS, N_KILLS, SEED = 16, 2, 7


def _twice_asked() -> dict[str, object]:
    """Two forms and a wait one after the other: three pauses a run."""
    form = {
        "form": "{{#start.text#}}",
        "fields": [{"name": "note", "type": "text", "required": True}],
        "actions": [{"id": "yes", "title": "Yes"}],
        "timeout": None,
    }
    rows = [{"name": name, "selector": [name, "note"]} for name in ("first", "second")]
    nodes = [
        node("start", "start", "Start", {"variables": [{"name": "text", "type": "text"}]}, at=(0, 0)),
        node("first", "human-input", "First", form, at=(1, 0)),
        node("wait", "wait", "Wait", {"mode": "duration", "seconds": 2.2}, at=(2, 0)),
        node("second", "human-input", "Second", form, at=(3, 0)),
        node("end", "end", "End", {"outputs": rows}, at=(4, 0)),
    ]
    paths = [
        edge("start", "first"),
        edge("first", "wait", "yes"),
        edge("wait", "second"),
        edge("second", "end", "yes"),
    ]
    return document("workflow", nodes, paths)


@pytest.mark.django_db(transaction=True)
def test_killed_workers_lose_no_answer_and_apply_none_twice(clean_redis: str, tmp_path: Path) -> None:
    app, chance = make_app(make_workspace(), _twice_asked()), random.Random(SEED)
    runs = [queue_run(app, text=f"run {i}") for i in range(N_RUNS)]
    names = {run.id: f"run {i}" for i, run in enumerate(runs)}
    worker = Worker(tmp_path / "worker.log", WEFT_RUN_LEASE_S="1")
    worker.start()
    kills_left, next_kill = N_KILLS, time.monotonic() + 1

    def step() -> bool:
        """What the world does meanwhile: people answer, schedulers sweep, and a worker dies now and then."""
        nonlocal kills_left, next_kill
        for wait in Wait.objects.filter(type="form", signal__isnull=True, resumed_at=None):
            if chance.random() < 0.5:
                note = f"{names[wait.run_id]} {wait.node_id}"
                forms.submit(wait, action="yes", inputs={"note": note}, by="ann", uploader=None)
        if kills_left and time.monotonic() > next_kill:
            worker.kill()
            worker.start()
            kills_left, next_kill = kills_left - 1, time.monotonic() + chance.uniform(0.3, 1.5)
        services.sweep()
        signals.wake_due()
        return not Run.objects.filter(finished_at=None).exists()

    try:
        until_sync(step, timeout_s=90)
    finally:
        worker.stop()

    assert kills_left == 0
    for run in runs:
        run.refresh_from_db()
        name = names[run.id]
        assert (run.status, run.outputs) == ("finished", {"first": f"{name} first", "second": f"{name} second"})
        log = selectors.log_of(run)
        assert [event["seq"] for event in log] == list(range(1, run.last_seq + 1))
        resumed = Counter(event["node_id"] for event in log if event["type"] == "node_resumed")
        assert resumed == {"first": 1, "wait": 1, "second": 1}
        assert not run.waits.filter(resumed_at=None).exists()
