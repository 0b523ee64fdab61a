"""Runs that wait: nothing is held meanwhile, the first signal counts, and no crash loses it or applies it twice."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.runs import dispatch, forms, leases, limits, selectors, services, signals
from apps.runs.commit import Append, Row, closing_of, commit
from apps.runs.errors import InvalidForm, NothingWaits, TooDeep, WaitClosed, WaitExpired, WaitSignalled
from apps.runs.executor import Executor
from apps.runs.files import EndUser
from apps.runs.leases import Lease
from apps.runs.models import Run, Source, Wait
from apps.runs.waits import pending_signals, waits_in
from apps.studio.models import App
from tests.apps.runs.graphs import asking_document, make_app, queue_run, waiting_document
from tests.factories import make_workspace
from tests.waiting import until_sync
from weft.http.errors import WeftError
from workflows import events as engine

AT = "2026-01-01T00:00:00.000Z"


@pytest.fixture
def dispatched(executor: Executor, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Messages arrive at once, as with a worker that idles."""
    sent: list[str] = []

    def execute(run_ids: Any) -> None:
        for run_id in run_ids:
            sent.append(str(run_id))
            executor.take(str(run_id))

    monkeypatch.setattr(dispatch, "execute", execute)
    return sent


@pytest.fixture
def app(transactional_db: None, clean_redis: str) -> App:
    return make_app(make_workspace(), asking_document())


def _asked(**over: Any) -> Run:
    """A run that waits for its form."""
    run = queue_run(make_app(make_workspace(), asking_document(**over)), text="tea")
    return _paused(run)


def _paused(run: Run) -> Run:
    until_sync(lambda: _is(run, "paused"))
    return Run.objects.get(id=run.id)


def _is(run: Run, status: str) -> bool:
    return Run.objects.filter(id=run.id, status=status, lease_expires_at=None).exists()


def _ended(run: Run) -> Run:
    until_sync(lambda: Run.objects.filter(id=run.id, finished_at__isnull=False, lease_expires_at=None).exists())
    return Run.objects.get(id=run.id)


def _types(run: Run) -> list[str]:
    return [event["type"] for event in selectors.log_of(run)]


def _form(run: Run) -> Wait:
    return Wait.objects.get(run=run)


def _answer(run: Run, action: str = "yes", **inputs: Any) -> Wait:
    return forms.submit(_form(run), action=action, inputs=inputs or {"note": "fine"}, by="ann", uploader=None)


def test_a_paused_run_holds_nothing_and_goes_on_when_its_form_is_answered(
    executor: Executor, dispatched: list[str]
) -> None:
    run = _asked()
    until_sync(lambda: executor.n_carried == 0)
    assert (run.lease_expires_at, run.wake_at, run.finished_at, run.calm_fence) == (None, None, None, 1)
    (form,) = forms.forms_of(run)
    assert form["content"] == "Approve **tea**? {{#$output.note#}}"
    assert (form["status"], form["title"], [row["id"] for row in form["actions"]]) == ("open", "Ask", ["yes", "no"])

    _answer(run)

    ended = _ended(run)
    assert (ended.status, ended.outputs, ended.fence) == ("finished", {"note": "fine", "__action_id": "yes"}, 2)
    assert _types(run) == [
        "run_started", "node_started", "node_finished", "node_started", "node_waiting", "run_paused", "node_resumed",
        "node_finished", "answer_delta", "node_started", "node_finished", "run_finished",
    ]  # fmt: skip
    (form,) = forms.forms_of(ended)
    assert (form["status"], form["action_id"], form["submitted_by"]) == ("submitted", "yes", "ann")
    assert form["submitted"] == {"note": "fine"}
    assert dispatched == [str(run.id)] * 2


def test_a_paused_run_does_not_count_as_under_way(dispatched: list[str]) -> None:
    app = make_app(make_workspace(), asking_document())
    inputs = {"inputs": {"text": "tea"}}
    run = services.start_run(app, document=app.draft.document, inputs=inputs, source=Source.API, end_user="ann")

    _paused(run)

    assert limits.active_runs(app).count() == 0
    assert limits.active_runs_of(app, EndUser(app.id, Source.API, "ann")).count() == 0


def test_the_first_answer_counts_and_what_does_not_fit_is_refused(dispatched: list[str]) -> None:
    run = _asked()
    for action, inputs in [("maybe", {"note": "a"}), ("yes", {}), ("yes", {"note": "a", "other": 1})]:
        with pytest.raises(InvalidForm):
            forms.submit(_form(run), action=action, inputs=inputs, by="", uploader=None)
    with pytest.raises(WeftError, match="no uploaded file"):
        _answer(run, note="a", paper={"id": "00000000-0000-0000-0000-000000000000"})
    assert (_form(run).signal, Run.objects.get(id=run.id).status) == (None, "paused")
    with pytest.raises(NothingWaits):
        signals.send(run.id, "ask:9", type="submitted", data=lambda *_: {})

    _answer(run)
    with pytest.raises(WaitSignalled):
        _answer(run, action="no", note="late")

    assert _ended(run).outputs == {"note": "fine", "__action_id": "yes"}
    with pytest.raises(WaitSignalled):
        _answer(run)


def test_of_many_answers_at_once_one_is_taken(dispatched: list[str]) -> None:
    run = _asked()
    outcomes: list[str] = []

    def answer(i: int) -> None:
        try:
            _answer(run, note=str(i))
            outcomes.append("taken")
        except WaitSignalled:
            outcomes.append("late")

    threads = [threading.Thread(target=answer, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["late"] * 5 + ["taken"]
    assert _ended(run).status == "finished"
    assert _types(run).count("node_resumed") == 1


def test_a_form_expires_and_cannot_be_answered_then(dispatched: list[str]) -> None:
    run = _asked(timeout={"amount": 1, "unit": "minute"})
    assert run.wake_at is not None
    assert timezone.now() < run.wake_at < timezone.now() + timedelta(minutes=1)
    past = timezone.now() - timedelta(seconds=1)
    Run.objects.filter(id=run.id).update(wake_at=past)
    Wait.objects.filter(run=run).update(expires_at=past)
    with pytest.raises(WaitExpired):
        _answer(run)

    assert signals.wake_due() == [str(run.id)]
    assert signals.wake_due() == []

    assert _ended(run).outputs == {"note": None, "__action_id": "__timeout__"}
    assert forms.forms_of(Run.objects.get(id=run.id))[0]["status"] == "expired"
    with pytest.raises(WaitExpired):
        _answer(run)


def test_a_wait_wakes_by_itself(dispatched: list[str]) -> None:
    run = _paused(queue_run(make_app(make_workspace(), waiting_document({"mode": "duration", "seconds": 2.5}))))
    assert signals.wake_due() == []

    until_sync(lambda: signals.wake_due() == [str(run.id)], timeout_s=5)

    assert _ended(run).outputs == {"timed_out": False, "data": {}}


def test_an_event_wakes_the_runs_that_wait_for_its_name(dispatched: list[str]) -> None:
    config = {"mode": "event", "event": "paid", "timeout_s": 60}
    run = _paused(queue_run(make_app(make_workspace(), waiting_document(config))))
    with pytest.raises(NothingWaits):
        signals.send_event(run.id, "shipped", {})

    with pytest.raises(TooDeep):
        signals.send_event(run.id, "paid", {"amount": json.loads("[" * 600 + "]" * 600)})
    signals.send_event(run.id, "paid", {"amount": 3})

    assert _ended(run).outputs == {"timed_out": False, "data": {"amount": 3}}
    with pytest.raises(NothingWaits):
        signals.send_event(run.id, "paid", {})


def test_a_callback_wakes_the_one_wait_of_its_token(dispatched: list[str]) -> None:
    run = _paused(queue_run(make_app(make_workspace(), waiting_document({"mode": "event", "event": "paid"}))))
    token = Wait.objects.get(run=run).token
    with pytest.raises(NothingWaits):
        signals.send_to(token[:-1], {})

    signals.send_to(token, [1, 2])

    assert _ended(run).outputs == {"timed_out": False, "data": {"value": [1, 2]}}


def test_a_paused_run_stops_without_a_worker(dispatched: list[str]) -> None:
    run = _asked()

    services.stop_run(run.id)

    stopped = _ended(run)
    assert (stopped.status, stopped.wake_at, _types(run)[-1]) == ("stopped", None, "run_stopped")
    with pytest.raises(WaitClosed):
        _answer(run)
    assert forms.forms_of(stopped)[0]["status"] == "closed"


def test_an_answer_that_comes_before_the_pause_makes_it_none(app: App) -> None:
    """Something else still runs beside the form; the command that tells of the answer reaches nobody."""
    run = queue_run(app, text="tea")
    lease = leases.acquire(str(run.id))
    assert lease is not None
    wait = {"type": "form", "key": "ask:1", "expires_at": None, "content": "", "fields": [], "actions": [{"id": "yes"}]}
    waiting = engine.NodeWaiting(seq=1, at=AT, node_id="ask", wait=wait)
    paused = engine.RunPaused(seq=2, at=AT, reasons=[{"node_id": "ask", "frame": "", **wait}])
    _store(lease, waiting)

    forms.submit(_form(run), action="yes", inputs={}, by="ann", uploader=None)
    _store(lease, paused)

    run.refresh_from_db()
    assert (run.status, run.wake_at) == ("queued", None)
    assert leases.acquire(str(run.id)) is None
    assert leases.release(lease) == leases.Released(is_due=True, is_stopping=False)
    assert [signal.key for signal in pending_signals(str(run.id))] == ["ask:1"]

    again = leases.acquire(str(run.id))
    assert again == Lease(lease.run_id, 2, 1)
    _store(again, engine.NodeResumed(seq=3, at=AT, node_id="ask", signal={"key": "ask:1", "type": "submitted"}))
    assert pending_signals(str(run.id)) == []


def test_a_stop_that_comes_before_the_pause_is_not_forgotten(app: App) -> None:
    run = queue_run(app, text="tea")
    lease = leases.acquire(str(run.id))
    assert lease is not None
    _store(lease, engine.RunPaused(seq=1, at=AT, reasons=[]))

    services.stop_run(run.id)

    assert leases.release(lease) == leases.Released(is_due=False, is_stopping=True)


def _store(lease: Lease, event: engine.Event) -> None:
    row = Row(event.seq, str(event.__struct_config__.tag), engine.encode(event).decode())
    assert commit([Append(lease.run_id, lease.fence, [row], closing_of(event), waits=waits_in([event]))]) == set()


def test_a_lost_message_of_a_signal_is_sent_again(executor: Executor, monkeypatch: pytest.MonkeyPatch) -> None:
    run = queue_run(make_app(make_workspace(), asking_document()), text="tea")
    executor.take(str(run.id))
    _paused(run)
    monkeypatch.setattr(dispatch, "execute", lambda run_ids: None)

    _answer(run)

    assert Run.objects.get(id=run.id).status == "queued"
    assert leases.sweep(redispatch_s=60) == []
    assert leases.sweep(redispatch_s=0) == [str(run.id)]
    executor.take(str(run.id))
    assert _ended(run).status == "finished"


def test_a_run_may_pause_more_often_than_it_may_be_handed_on(
    executor: Executor, dispatched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.runs.carry.MAX_TRIES", 1)
    run = _asked()

    _answer(run)

    assert (_ended(run).status, Run.objects.get(id=run.id).fence) == ("finished", 2)


def test_a_form_takes_the_files_of_whoever_answers(dispatched: list[str]) -> None:
    from apps.runs import files

    run = _asked()
    theirs = files.EndUser(run.app_id, Source.API, "ben")
    mine = forms.uploader_of(_form(run))
    rows = [files.upload(run.workspace_id, name="a.txt", parts=lambda: [b"x"], by=by) for by in (theirs, mine)]
    with pytest.raises(WeftError, match="no uploaded file"):
        forms.submit(_form(run), action="yes", inputs={"note": "a", "paper": str(rows[0].id)}, by="", uploader=mine)

    forms.submit(_form(run), action="yes", inputs={"note": "a", "paper": str(rows[1].id)}, by="", uploader=mine)

    assert _ended(run).status == "finished"
    assert [row.id for row in run.uploads.all()] == [rows[1].id]
