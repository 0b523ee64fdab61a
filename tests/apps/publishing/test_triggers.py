"""Runs that nobody asks for: a schedule fires once for each of its times, a webhook takes what its node declares."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import AsyncClient
from django.utils import timezone

from apps.accounts.services import workspace_actor
from apps.publishing.models import Firing, Trigger
from apps.publishing.triggers import roots, schedules
from apps.runs import dispatch
from apps.runs.models import Run
from apps.studio import services as studio
from apps.studio.graphs import document, edge, node
from apps.studio.models import App
from apps.studio.publication import publish
from tests.apps.runs.conftest import executor  # noqa: F401  (fixture)
from tests.apps.runs.graphs import make_app
from tests.cast import Cast
from tests.factories import make_workspace
from weft.db.aio import call_db


def _document(kind: str, config: dict[str, Any], *names: str) -> dict[str, Any]:
    """A trigger, and an end that gives what it brought."""
    outputs = [{"name": name, "selector": ["trigger", name]} for name in names]
    nodes = [
        node("trigger", kind, "Begin", config, at=(0, 0)),
        node("end", "end", "End", {"outputs": outputs}, at=(1, 0)),
    ]
    return document("workflow", nodes, [edge("trigger", "end")])


def _schedule(cron: str = "*/5 * * * *", **config: Any) -> dict[str, Any]:
    return _document("trigger-schedule", {"cron": cron, "timezone": "UTC", **config}, "scheduled_at")


def _published(graph: dict[str, Any], **over: Any) -> App:
    app = make_app(over.pop("workspace", None) or make_workspace(), graph, **over)
    publish(workspace_actor(app.workspace), app)
    return app


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "execute", lambda run_ids: None)


@pytest.fixture
def carried(executor: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr(dispatch, "execute", lambda run_ids: [executor.take(str(run_id)) for run_id in run_ids])


def _due(app: App, at: datetime) -> Trigger:
    Trigger.objects.filter(app=app).update(next_at=at)
    return Trigger.objects.get(app=app)


def test_publishing_sets_a_schedules_next_time_and_publishing_without_it_ends_it(db: None, quiet: None) -> None:
    app = _published(_schedule("0 9 * * *"))
    trigger = Trigger.objects.get(app=app)
    assert trigger.next_at is not None
    assert (trigger.next_at.hour, trigger.next_at.minute, trigger.next_at > timezone.now()) == (9, 0, True)
    token = trigger.token

    kept = trigger.next_at
    publish(workspace_actor(app.workspace), app)
    assert Trigger.objects.get(app=app).next_at == kept

    app.draft.document = _document("start", {"variables": []})
    app.draft.save()
    publish(workspace_actor(app.workspace), app)
    gone = Trigger.objects.get(app=app)
    assert (gone.next_at, gone.config, gone.token) == (None, None, token)


def test_two_schedulers_fire_a_time_once(transactional_db: None, clean_redis: str, quiet: None) -> None:
    at = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
    apps = [_published(_schedule()) for _ in range(5)]
    for app in apps:
        _due(app, at)
    barrier = threading.Barrier(4)

    def scheduler() -> int:
        barrier.wait()
        try:
            return len(schedules.fire_due())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        fired = [task.result() for task in [pool.submit(scheduler) for _ in range(4)]]

    assert sum(fired) == 5
    assert Run.objects.count() == Firing.objects.count() == 5
    for app in apps:
        firing = Firing.objects.get(trigger__app=app)
        run = Run.objects.get(app=app)
        assert (firing.scheduled_at, firing.run_id, firing.status) == (at, run.id, "started")
        assert run.inputs["inputs"] == {"scheduled_at": "2026-01-01T12:00:00Z"}
        assert (run.source, run.inputs["root"], run.version_id) == ("trigger", "trigger", app.live_version_id)
        trigger = Trigger.objects.get(app=app)
        assert trigger.next_at is not None
        assert timezone.now() < trigger.next_at <= timezone.now() + timedelta(minutes=5)
    assert schedules.fire_due() == []


def test_times_missed_while_nobody_looked_are_made_up_for_once(db: None, quiet: None) -> None:
    app = _published(_schedule())
    _due(app, timezone.now() - timedelta(days=3))

    assert len(schedules.fire_due()) == 1
    assert schedules.fire_due() == []


def test_a_time_whose_run_could_not_be_started_is_told_and_the_schedule_goes_on(
    db: None, quiet: None, settings: Any
) -> None:
    app = _published(_schedule())
    settings.APP_MAX_ACTIVE_RUNS = 1
    _due(app, timezone.now())
    schedules.fire_due()
    _due(app, timezone.now())
    schedules.fire_due()

    assert list(Firing.objects.order_by("created_at").values_list("status", flat=True)) == ["started", "refused"]
    assert Firing.objects.latest("created_at").error["code"] == "too_many_requests"
    assert Trigger.objects.get(app=app).next_at > timezone.now()


def test_apps_in_the_bin_and_switched_off_schedules_do_not_fire(db: None, quiet: None) -> None:
    app = _published(_schedule())
    actor = workspace_actor(app.workspace)
    _due(app, timezone.now() - timedelta(minutes=1))
    studio.delete_app(actor, app)
    assert schedules.fire_due() == []
    studio.restore_app(actor, app.id)

    roots.update_trigger(actor, Trigger.objects.get(app=app), enabled=False)
    assert (Trigger.objects.get(app=app).next_at, schedules.fire_due()) == (None, [])
    roots.update_trigger(actor, Trigger.objects.get(app=app), enabled=True)
    assert Trigger.objects.get(app=app).next_at > timezone.now()


def test_the_console_lists_triggers_of_draft_and_version(cast: Cast, quiet: None) -> None:
    app = _published(_schedule("0 9 * * 1", timezone="Asia/Shanghai"), workspace=cast.workspace)
    app.draft.document = _document("trigger-webhook", {"method": "PUT"}, "_webhook_raw")
    app.draft.document["nodes"][0]["id"] = "hook"
    app.draft.save()

    schedule, webhook = cast.call("viewer", "get", f"/apps/{app.id}/triggers").json()["items"]

    assert {key: schedule[key] for key in ("kind", "live", "in_draft", "cron", "timezone", "url")} == {
        "kind": "schedule", "live": True, "in_draft": False, "cron": "0 9 * * 1", "timezone": "Asia/Shanghai",
        "url": None,
    }  # fmt: skip
    assert schedule["next_times"][0].endswith("T01:00:00+00:00")
    assert (len(schedule["next_times"]), schedule["next_at"]) == (5, schedule["next_times"][0])
    assert (webhook["kind"], webhook["live"], webhook["in_draft"], webhook["method"]) == ("webhook", False, True, "PUT")
    changed = cast.call("editor", "patch", f"/apps/{app.id}/triggers/{webhook['id']}", {"renew_token": True}).json()
    assert changed["url"] != webhook["url"]
    refused = cast.call("viewer", "patch", f"/apps/{app.id}/triggers/{webhook['id']}", {"enabled": False})
    assert (refused.status_code, Trigger.objects.get(id=webhook["id"]).enabled) == (403, True)


HOOK = {
    "method": "POST",
    "headers": [{"name": "X-Kind", "type": "string", "required": True}],
    "params": [{"name": "page", "type": "number"}],
    "body": [{"name": "order", "type": "object", "required": True}],
    "response": {"wait": False, "status": 201, "body": '{"ok": true}'},
}
NAMES = ("X_Kind", "page", "order")


async def _call(url: str, method: str = "POST", body: Any = b"", **over: Any) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body)
    path = url.partition("/triggers/")[2]
    return await AsyncClient().generic(
        method, f"/triggers/{path}", raw, over.pop("content_type", "application/json"), headers=over
    )


def _hook(config: dict[str, Any] = HOOK, *names: str) -> Trigger:
    return Trigger.objects.select_related("app__workspace", "app__draft").get(
        app=_published(_document("trigger-webhook", config, *names))
    )


async def test_a_webhook_starts_a_run_and_answers_as_configured(carried: None) -> None:
    trigger = await call_db(_hook, HOOK, *NAMES)

    answer = await _call(f"{roots.url_of(trigger)}?page=2", body={"order": {"id": 7}}, **{"X-Kind": "new"})

    assert (answer.status_code, answer.json()) == (201, {"ok": True})
    run_id = answer.headers["X-Weft-Run"]
    run = await call_db(Run.objects.get, id=run_id)
    assert (run.source, run.inputs["root"]) == ("trigger", "trigger")
    assert {name: run.inputs["inputs"][name] for name in NAMES} == {"X_Kind": "new", "page": 2, "order": {"id": 7}}
    firing = await call_db(Firing.objects.get)
    assert (str(firing.run_id), firing.status, firing.scheduled_at) == (run_id, "started", None)


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"method": "GET"}, 405, "webhook_method"),
        ({"content_type": "text/plain"}, 415, "webhook_content_type"),
        ({"body": b"{"}, 400, "webhook_body_invalid"),
        ({"body": {"order": 1}}, 400, "parameter_invalid"),
        ({"body": {}}, 400, "parameter_required"),
    ],
)
async def test_what_a_webhook_does_not_declare_starts_no_run(
    carried: None, given: dict[str, Any], status: int, code: str
) -> None:
    trigger = await call_db(_hook, HOOK, *NAMES)

    answer = await _call(roots.url_of(trigger), **{"body": {"order": {}}, "X-Kind": "new", **given})

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await call_db(Run.objects.count) == 0
    assert (await call_db(Firing.objects.get)).error["code"] == code


async def test_unknown_switched_off_and_deleted_webhooks_look_the_same(carried: None) -> None:
    trigger = await call_db(_hook, HOOK, *NAMES)
    url, actor = roots.url_of(trigger), workspace_actor(trigger.app.workspace)
    answers = [await _call(f"{url}x", body={})]
    await call_db(roots.update_trigger, actor, trigger, enabled=False)
    answers.append(await _call(url, body={}))
    await call_db(roots.update_trigger, actor, trigger, enabled=True)
    await call_db(studio.delete_app, actor, trigger.app)
    answers.append(await _call(url, body={}))

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "not_found")] * 3


async def test_a_sender_that_waits_gets_the_runs_outputs(carried: None) -> None:
    config = {**HOOK, "headers": [], "response": {"wait": True, "status": 200}}
    trigger = await call_db(_hook, config, "order")

    answer = await _call(roots.url_of(trigger), body={"order": {"id": 7}})

    assert (answer.status_code, answer.json()) == (200, {"order": {"id": 7}})


async def test_files_of_a_form_reach_the_run(carried: None) -> None:
    config = {
        "method": "POST",
        "content_type": "multipart/form-data",
        "body": [{"name": "paper", "type": "file", "required": True}, {"name": "tags", "type": "array[string]"}],
        "response": {"wait": True},
    }
    trigger = await call_db(_hook, config, "paper", "tags")
    path = roots.url_of(trigger).partition("/triggers/")[2]

    form = {"paper": SimpleUploadedFile("a.txt", b"hello"), "tags": ["a", "b"]}
    answer = await AsyncClient().post(f"/triggers/{path}", form)

    body = answer.json()
    assert (answer.status_code, body["tags"], body["paper"]["filename"]) == (200, ["a", "b"], "a.txt")
    (row,) = await call_db(lambda: list(Run.objects.get().uploads.all()))
    assert (str(row.id), row.size_bytes) == (body["paper"]["related_id"], 5)


async def test_the_test_address_runs_the_draft(carried: None) -> None:
    trigger = await call_db(_hook, HOOK, *NAMES)
    app = trigger.app
    config = {**HOOK, "headers": [], "response": {"wait": True}}

    def change() -> None:
        app.draft.document = _document("trigger-webhook", config, "order")
        app.draft.save()

    await call_db(change)

    answer = await _call(roots.test_url_of(trigger), body={"order": {"id": 8}})

    assert (answer.status_code, answer.json()) == (200, {"order": {"id": 8}})
    run = await call_db(Run.objects.get)
    assert (run.source, run.version_id) == ("editor", None)
    assert await call_db(Firing.objects.count) == 0
