"""Who may read and do what with waiting runs, their values and their triggers: by role, and nobody from elsewhere."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.conversations.models import Conversation
from apps.publishing.api import forms
from apps.publishing.models import Trigger
from apps.runs import blobs, dispatch, files
from apps.runs.models import Run, Status, Wait
from apps.runs.waits import token_of
from tests.apps.runs.graphs import asking_document, make_app, queue_run
from tests.cast import ROLES, Cast, make_cast

READ, WRITE = "owner editor viewer", "owner editor"
FACTS = {
    "content": "Sure?",
    "fields": [],
    "actions": [{"id": "yes", "title": "Yes", "style": "primary"}],
    "expires_at": None,
    "delivery": [{"type": "email", "recipients": ["boss@example.org"]}],
}
ALLOWED: dict[tuple[str, str], tuple[str, Any]] = {
    ("get", "/runs/{run}/forms"): (READ, None),
    ("post", "/runs/{run}/forms/{form}"): (WRITE, {"action": "yes"}),
    ("post", "/runs/{run}/signals"): (WRITE, {"name": "go"}),
    ("get", "/runs/{run}/log?format=jsonl"): (READ, None),
    ("get", "/runs/{run}/blobs/{blob}"): (READ, None),
    ("get", "/runs/{run}/files/{file}"): (READ, None),
    ("get", "/apps/{app}/nodes/ask/inputs"): (READ, None),
    ("post", "/apps/{app}/nodes/ask/run"): (WRITE, {"inputs": {"start.text": "tea"}}),
    ("get", "/apps/{app}/triggers"): (READ, None),
    ("patch", "/apps/{app}/triggers/{trigger}"): (WRITE, {"renew_token": True}),
    ("get", "/apps/{app}/triggers/{trigger}/firings"): (READ, None),
    ("get", "/apps/{app}/export?format=dify"): (READ, None),
    ("get", "/apps/{app}/export?secrets=true"): ("owner", None),
    ("get", "/apps/{app}/limits"): (READ, None),
    ("put", "/apps/{app}/limits"): (WRITE, {"tokens": 5}),
    ("get", "/conversations/{conversation}/variables"): (READ, None),
}


class World:
    """A run of the cast's workspace that waits for a form and for an event, and all that hangs on it."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.app = make_app(cast.workspace, asking_document())
        self.run = queue_run(self.app, text="tea")
        Run.objects.update(status=Status.PAUSED)
        self.form = self._wait("form", FACTS)
        self.event = self._wait("event", {"event": "go"})
        upload = files.upload(cast.workspace.id, name="a.html", parts=lambda: [b"<p>"])
        self.run.uploads.add(upload)
        trigger = Trigger.objects.create(app=self.app, node_id="hook", kind="webhook", config={})
        conversation = Conversation.objects.create(app=self.app, audience="api", end_user="ann")
        self.names = {
            "run": self.run.id,
            "app": self.app.id,
            "form": quote(self.form.key, safe=""),
            "blob": blobs.put(self.run.id, b'"<script>"'),
            "file": upload.id,
            "trigger": trigger.id,
            "conversation": conversation.id,
        }

    def _wait(self, kind: str, facts: dict[str, Any]) -> Wait:
        key = f"{self.run.id}:{kind}:1"
        token = token_of(str(self.run.id), key)
        facts = {**facts, "key": key, "type": kind}
        return Wait.objects.create(run=self.run, key=key, type=kind, node_id="ask", facts=facts, token=token)

    def call(self, who: str, method: str, path: str, body: Any = None) -> Any:
        return self.cast.call(who, method, path.format(**self.names), body)


@pytest.fixture
def world(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(dispatch, "execute", lambda run_ids: None)
    return World(cast)


@pytest.fixture
def outside(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> World:
    """The same, committed: what is asked without a session is answered on another connection."""
    monkeypatch.setattr(dispatch, "execute", lambda run_ids: None)
    return World(make_cast())


@pytest.mark.parametrize(("method", "path"), ALLOWED)
def test_who_may(world: World, method: str, path: str) -> None:
    allowed, body = ALLOWED[method, path]
    rows = list(Wait.objects.order_by("id").values("signal")), Trigger.objects.get().token, Run.objects.count()

    answers = {who: world.call(who, method, path, body).status_code for who in reversed(ROLES) if who not in allowed}

    assert answers == {who: {"stranger": 404, "nobody": 401}.get(who, 403) for who in answers}
    assert rows == (
        list(Wait.objects.order_by("id").values("signal")),
        Trigger.objects.get().token,
        Run.objects.count(),
    )
    assert world.call("owner", method, path, body).status_code < 300


def test_only_those_who_may_act_are_shown_how_others_do(world: World) -> None:
    shown = {}
    for who in ("viewer", "editor"):
        form = world.call(who, "get", "/runs/{run}/forms").json()["items"][0]
        waits = {wait["type"]: wait["callback"] for wait in world.call(who, "get", "/runs/{run}").json()["waits"]}
        trigger = world.call(who, "get", "/apps/{app}/triggers").json()["items"][0]
        told = [form["token"], form["link"], waits["event"], trigger["url"], trigger["test_url"]]
        shown[who] = [bool(address) for address in told]

    assert shown == {"viewer": [False] * 5, "editor": [True] * 5}


def test_a_token_opens_one_thing(outside: World) -> None:
    client = outside.cast.client("nobody")
    post = {"content_type": "application/json"}
    forms, events = "/api/public/forms", "/api/public/events"
    form, event, hook = outside.form.token, outside.event.token, Trigger.objects.get().token

    wrong = [
        client.post(f"{events}/{form}", "{}", **post),
        client.get(f"{forms}/{event}"),
        client.post(f"{forms}/{event}", '{"action": "yes"}', **post),
        client.get(f"{forms}/{hook}"),
        client.post(f"/triggers/{form}", "{}", **post),
        client.post(f"/triggers/test/{hook}", "{}", **post),
        client.get(f"{forms}/{form[:-1]}"),
    ]

    assert [answer.status_code for answer in wrong] == [404] * 7
    assert list(Wait.objects.values_list("signal", flat=True)) == [None, None]
    assert client.post(f"{events}/{event}", "{}", **post).status_code == 200


def test_a_form_outside_tells_nothing_of_whom_it_was_sent_to(outside: World) -> None:
    client = outside.cast.client("nobody")

    answers = [client.get(f"/api/public/forms/{outside.form.token}"), client.get(f"/form/{outside.form.token}")]

    assert ["boss@example.org" in answer.content.decode() for answer in answers] == [False, False]
    assert answers[0].headers["X-Content-Type-Options"] == "nosniff"
    assert answers[1].headers["Referrer-Policy"] == "no-referrer"


def test_values_and_files_of_a_run_are_never_pages(world: World) -> None:
    value = world.call("viewer", "get", "/runs/{run}/blobs/{blob}")
    file = world.call("viewer", "get", "/runs/{run}/files/{file}")

    assert (value.headers["Content-Type"], value.headers["X-Content-Type-Options"]) == ("application/json", "nosniff")
    assert file.headers["Content-Disposition"] == 'attachment; filename="a.html"'
    assert file.headers["X-Content-Type-Options"] == "nosniff"


def test_another_runs_values_and_files_do_not_exist(world: World) -> None:
    other = queue_run(world.app, text="mate")

    for part in ("blobs/{blob}", "files/{file}"):
        assert world.call("owner", "get", f"/runs/{other.id}/{part}").status_code == 404


def test_files_are_taken_for_an_open_form_and_not_without_end(outside: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "MAX_FILES", 1)
    client = outside.cast.client("nobody")
    path = f"/api/public/forms/{outside.form.token}"

    def give() -> Any:
        return client.post(f"{path}/files", {"file": SimpleUploadedFile("a.txt", b"x")})

    assert give().json()["message"] == "This form takes no files."
    outside.form.facts["fields"] = [{"name": "paper", "type": "file"}]
    outside.form.save()
    assert [give().status_code, give().status_code] == [201, 400]
    assert client.post(path, '{"action": "yes"}', content_type="application/json").status_code == 200
    assert (give().status_code, give().json()["code"]) == (412, "human_input_form_submitted")
