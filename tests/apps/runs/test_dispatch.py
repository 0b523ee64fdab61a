"""Messages that get lost with a worker are sent again; those that only wait are not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.runs import dispatch, executor, services, tasks
from apps.runs.models import Run
from tests.apps.runs.graphs import echo_document, make_app, queue_run
from tests.factories import make_workspace
from weft.events import connection


def _sent(run: Run, seconds_ago: float) -> None:
    Run.objects.filter(id=run.id).update(dispatched_at=timezone.now() - timedelta(seconds=seconds_ago))


def _take() -> None:
    """As a worker does that dies at once."""
    connection.client().rpop(dispatch.QUEUE)


@pytest.fixture
def runs(transactional_db: None, clean_redis: str) -> list[Run]:
    """Three runs with their messages, and no worker."""
    app = make_app(make_workspace(), echo_document())
    return [queue_run(app, text="a") for _ in range(3)]


def test_a_lost_message_is_sent_again_though_others_wait(runs: list[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    lost, waiting, late = runs
    connection.client().delete(dispatch.QUEUE)
    monkeypatch.setattr("time.time", lambda: timezone.now().timestamp() - 30)
    dispatch.execute([waiting.id])
    monkeypatch.undo()
    dispatch.execute([late.id])
    _sent(lost, 36)
    _sent(waiting, 30)
    assert 29 < dispatch.backlog_s() < 31

    assert services.sweep() == [str(lost.id)]
    assert services.sweep() == []

    _take()  # the message of `waiting`
    assert dispatch.backlog_s() < 1
    assert services.sweep() == [str(waiting.id)]


def test_nothing_waits_in_an_empty_queue(runs: list[Run]) -> None:
    for _ in runs:
        _take()
    assert dispatch.backlog_s() == 0
    assert services.sweep() == []
    _sent(runs[0], dispatch.LOST_AFTER_S + 1)

    assert services.sweep() == [str(runs[0].id)]
    assert services.sweep() == []


def test_a_message_that_does_not_say_when_it_was_sent_may_be_old(runs: list[Run]) -> None:
    connection.client().rpush(dispatch.QUEUE, b'{"headers": {}}')
    assert dispatch.backlog_s() == dispatch.UNKNOWN_S
    connection.client().rpush(dispatch.QUEUE, b"?")
    assert dispatch.backlog_s() == dispatch.UNKNOWN_S


def test_a_message_put_back_by_a_full_worker_is_not_lost(runs: list[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    class Busy:
        def take(self, run_id: str) -> bool:
            raise executor.Full(run_id)

    monkeypatch.setattr(executor, "current", Busy)
    for _ in runs:
        _take()
    _sent(runs[0], 60)

    tasks.execute_run(str(runs[0].id))

    assert connection.client().llen(dispatch.QUEUE) == 1
    assert services.sweep() == []
