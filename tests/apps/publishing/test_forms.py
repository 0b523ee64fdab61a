"""Forms outside: told in the streams, answered by token, link or visitor, once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import AsyncClient

from apps.accounts.services import issue_key, workspace_actor
from apps.publishing import deliveries
from apps.publishing.sites import site_of
from apps.runs import dispatch
from apps.runs.executor import Executor
from apps.runs.models import Run, Wait
from apps.studio.publication import publish
from tests.apps.publishing.conftest import Outside
from tests.apps.runs.conftest import executor  # noqa: F401  (fixture)
from tests.apps.runs.graphs import asking_document, make_app
from tests.factories import make_workspace
from weft.db.aio import call_db

Opened = Callable[..., Outside]


@pytest.fixture
def opened(executor: Executor, monkeypatch: pytest.MonkeyPatch) -> Opened:  # noqa: F811
    """Makes a published app that asks, and what its outside needs to reach it."""
    monkeypatch.setattr(dispatch, "execute", lambda run_ids: [executor.take(str(run_id)) for run_id in run_ids])

    def make(delivery: list[dict[str, Any]] | None = None) -> Outside:
        graph = asking_document()
        if delivery is not None:
            graph["nodes"][1]["config"]["delivery"] = delivery
        app = make_app(make_workspace(), graph)
        actor = workspace_actor(app.workspace)
        publish(actor, app)
        return Outside(app, issue_key(actor, app_id=app.pk).text, "", site_of(app).code)

    return make


async def _frames(answer: Any) -> list[dict[str, Any]]:
    raw = b"".join([part async for part in answer.streaming_content])
    return [json.loads(line.removeprefix(b"data: ")) for line in raw.split(b"\n") if line.startswith(b"data: ")]


async def _begun(outside: Outside) -> list[dict[str, Any]]:
    asked = {"inputs": {"text": "tea"}, "user": "ann", "response_mode": "streaming"}
    return await _frames(await outside.post("/v1/workflows/run", asked))


async def test_a_stream_ends_with_its_pause_and_goes_on_after_the_answer(opened: Opened) -> None:
    outside = await call_db(opened)
    events = await _begun(outside)
    assert [event["event"] for event in events[-2:]] == ["human_input_required", "workflow_paused"]
    required, paused = events[-2]["data"], events[-1]["data"]
    token, run_id = required["form_token"], paused["workflow_run_id"]
    assert required["actions"][0] == {"id": "yes", "title": "Approve", "button_style": "primary"}
    assert [(row["output_variable_name"], row["type"]) for row in required["inputs"]] == [
        ("note", "paragraph"),
        ("paper", "file"),
    ]
    assert (paused["status"], paused["paused_nodes"], paused["outputs"]) == ("paused", ["ask"], {})
    assert (paused["reasons"][0]["TYPE"], paused["reasons"][0]["form_token"]) == ("human_input_required", token)

    path = f"/v1/form/human_input/{token}"
    shown = (await outside.get(path)).json()
    assert (shown["form_content"], shown["expiration_time"]) == ("Approve **tea**? {{#$output.note#}}", None)
    wrong = await outside.post(path, {"inputs": {}, "action": "yes", "user": "ann"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_form_data")
    sent = await outside.post(path, {"inputs": {"note": "fine"}, "action": "yes", "user": "ann"})
    assert (sent.status_code, sent.json()) == (200, {})
    again = await outside.post(path, {"inputs": {"note": "fine"}, "action": "no", "user": "ann"})
    assert (again.status_code, again.json()["code"]) == (412, "human_input_form_submitted")

    rest = await _frames(await outside.get(f"/v1/workflow/{run_id}/events?user=ann&after={events[-1]['seq']}"))
    assert [event["event"] for event in rest] == [
        "workflow_started", "human_input_form_filled", "node_finished", "text_chunk", "node_started", "node_finished",
        "workflow_finished",
    ]  # fmt: skip
    assert (rest[0]["data"]["reason"], rest[1]["data"]["action_text"]) == ("resumption", "Approve")
    assert rest[1]["data"]["rendered_content"] == "Approve **tea**? fine"
    assert rest[-1]["data"]["outputs"] == {"note": "fine", "__action_id": "yes"}


async def test_a_reader_of_the_past_is_not_held_by_a_pause_that_is_over(opened: Opened) -> None:
    outside = await call_db(opened)
    visitor = await outside.visitor()
    site = f"/api/public/sites/{outside.code}"
    begun = await _frames(
        await AsyncClient().post(
            f"{site}/messages",
            json.dumps({"inputs": {"text": "tea"}}),
            content_type="application/json",
            headers=visitor,
        )
    )
    run_id, token = begun[0]["run_id"], begun[-2]["forms"][0]["token"]
    path = f"{site}/runs/{run_id}/events?after=0"
    held = await _frames(await AsyncClient().get(path, headers=visitor))
    given = json.dumps({"action": "yes", "inputs": {"note": "fine"}})
    await AsyncClient().post(f"/api/public/forms/{token}", given, content_type="application/json")
    api = await _begun(outside)
    form = f"/v1/form/human_input/{api[-2]['data']['form_token']}"
    await outside.post(form, {"inputs": {"note": "fine"}, "action": "yes", "user": "ann"})

    seen = await _frames(await AsyncClient().get(path, headers=visitor))
    snapshot = f"/v1/workflow/{api[-1]['workflow_run_id']}/events?user=ann&include_state_snapshot=true"
    whole = [event["event"] for event in await _frames(await outside.get(snapshot))]

    assert held[-1]["type"] == "message_paused"
    assert [event["type"] for event in seen if "run" in event["type"]] == ["run_started", "run_paused", "run_finished"]
    assert [name for name in whole if "workflow" in name] == [
        "workflow_started", "workflow_paused", "workflow_started", "workflow_finished",
    ]  # fmt: skip


async def test_a_blocking_call_answers_with_the_forms_it_waits_for(opened: Opened) -> None:
    outside = await call_db(opened)
    asked = {"inputs": {"text": "tea"}, "user": "ann"}

    answer = (await outside.post("/v1/workflows/run", asked)).json()

    assert (answer["data"]["status"], answer["data"]["finished_at"]) == ("paused", None)
    assert answer["data"]["reasons"][0]["form_token"] == (await call_db(Wait.objects.get)).token
    detail = (await outside.get(f"/v1/workflows/run/{answer['workflow_run_id']}")).json()
    assert (detail["status"], detail["outputs"]) == ("paused", {})


async def test_a_form_is_only_its_apps_and_only_where_it_is_delivered(opened: Opened) -> None:
    mine, other = await call_db(opened), await call_db(opened)
    token = (await _begun(mine))[-2]["data"]["form_token"]
    mailed = await call_db(opened, [{"type": "email", "recipients": ["a@example.org"]}])
    required = (await _begun(mailed))[-2]["data"]
    hidden = await call_db(lambda: Wait.objects.latest("created_at").token)

    assert (required["form_token"], required["display_in_ui"]) == (None, False)
    answers = [
        await other.get(f"/v1/form/human_input/{token}"),
        await mailed.get(f"/v1/form/human_input/{hidden}"),
        await mine.get("/v1/form/human_input/none"),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]


async def test_the_page_shows_the_form_and_goes_on_after_it(opened: Opened) -> None:
    outside = await call_db(opened)
    visitor = await outside.visitor()
    site = f"/api/public/sites/{outside.code}"
    body = json.dumps({"inputs": {"text": "tea"}})
    answer = await AsyncClient().post(f"{site}/messages", body, content_type="application/json", headers=visitor)
    events = await _frames(answer)
    assert [event["type"] for event in events[-3:]] == ["node_waiting", "run_paused", "message_paused"]
    form = events[-3]["form"]
    assert events[-2]["forms"] == [form]
    assert (form["content"], form["status"]) == ("Approve **tea**? {{#$output.note#}}", "open")

    link = f"/api/public/forms/{form['token']}"
    shown = (await AsyncClient().get(link)).json()
    assert (shown["title"], shown["app"]) == ("Ask", {"name": "An app"})
    wrong = await AsyncClient().post(link, json.dumps({"action": "maybe"}), content_type="application/json")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_form_data")
    given = json.dumps({"action": "no", "inputs": {"note": "cold"}})
    sent = await AsyncClient().post(link, given, content_type="application/json")
    assert (sent.status_code, sent.json()) == (200, {"status": "submitted"})

    path = f"{site}/runs/{events[0]['run_id']}/events?after={events[-2]['seq']}"
    rest = await _frames(await AsyncClient().get(path, headers=visitor))
    assert (rest[0]["type"], rest[0]["outcome"], rest[0]["action_id"]) == ("node_resumed", "submitted", "no")
    assert [event["type"] for event in rest[-2:]] == ["run_finished", "message_end"]
    assert rest[-2]["outputs"] == {"note": "cold", "__action_id": "no"}


MAIL = [{"type": "email", "recipients": ["a@example.org"], "subject": "Tea?", "body": "Please: {{#url#}}"}]


async def test_people_are_written_to_once_where_a_mail_server_is_named(opened: Opened, settings: Any) -> None:
    settings.EMAIL_HOST = "mail.example.org"
    outside = await call_db(opened, MAIL)
    await _begun(outside)

    assert [await call_db(deliveries.deliver_due), await call_db(deliveries.deliver_due)] == [1, 0]

    wait = await call_db(Wait.objects.get)
    (message,) = mail.outbox
    assert (message.subject, message.bcc, message.to) == ("Tea?", ["a@example.org"], [])
    assert message.body == f"Please: {settings.BASE_URL}/form/{wait.token}"
    assert [way["status"] for way in wait.delivery] == ["sent"]


async def test_without_a_mail_server_the_form_says_so(opened: Opened, settings: Any) -> None:
    settings.EMAIL_HOST = ""
    outside = await call_db(opened, MAIL)
    await _begun(outside)

    await call_db(deliveries.deliver_due)

    wait = await call_db(Wait.objects.get)
    assert ([way["status"] for way in wait.delivery], mail.outbox) == (["not_configured"], [])
    assert (await call_db(Run.objects.get)).status == "paused"
