"""Runs through the console's API: started, found, read, stopped; and by whom."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.runs import files
from apps.runs.executor import Executor
from apps.runs.models import Run, UploadedFile
from apps.studio import publication
from apps.studio.graphs import document, edges, node
from apps.studio.models import App
from tests.apps.runs.graphs import chat_document, echo_document, make_app
from tests.cast import ROLES, Cast, make_cast
from tests.factories import make_provider, make_workspace
from tests.fakes.openai_server import FakeOpenAI
from tests.waiting import until_sync
from weft.events import connection


@pytest.fixture
def cast(transactional_db: None, clean_redis: str) -> Cast:
    """The cast, in transactions that commit: only then does a run's message go out."""
    return make_cast()


@pytest.fixture
def app(cast: Cast) -> App:
    return make_app(cast.workspace, echo_document(), name="Echo")


def _start(cast: Cast, app: App, **body: Any) -> Any:
    return cast.call("editor", "post", f"/apps/{app.id}/runs", body)


def _wait(run_id: str) -> None:
    until_sync(lambda: Run.objects.filter(id=run_id, finished_at__isnull=False, lease_expires_at=None).exists())


def test_a_run_is_started_carried_and_read(cast: Cast, app: App, executor: Executor) -> None:
    started = _start(cast, app, inputs={"text": "hello"})
    assert (started.status_code, started.json()["status"], started.json()["target"]) == (202, "queued", "draft")
    assert connection.client().llen("runs") == 1
    run_id = started.json()["id"]
    executor.take(run_id)
    _wait(run_id)

    detail = cast.call("viewer", "get", f"/runs/{run_id}").json()
    log = cast.call("viewer", "get", f"/runs/{run_id}/log").json()["items"]

    assert (detail["status"], detail["outputs"], detail["version"]) == ("finished", {"result": "HELLO"}, None)
    assert detail["last_seq"] == detail["state"]["last_seq"] == len(log)
    assert detail["state"]["outputs"] == {"result": "HELLO"}
    assert {name: state["status"] for name, state in detail["state"]["nodes"].items()} == {
        "start": "finished",
        "shout": "finished",
        "end": "finished",
    }
    card = cast.call("viewer", "get", f"/apps/{app.id}").json()
    assert card["last_run"]["status"] == "finished"
    assert [day["runs"] for day in card["activity"]] == [0, 0, 0, 0, 0, 0, 1]


def test_a_mistake_in_the_inputs_is_told_at_once_and_starts_nothing(cast: Cast, app: App) -> None:
    answers = [_start(cast, app, inputs=inputs) for inputs in ({}, {"text": "x" * 21}, {"text": {"a": 1}})]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(422, "invalid_input")] * 3
    assert answers[0].json()["field"] == "inputs.text"
    assert _start(cast, app, inputs=[]).status_code == 422
    assert Run.objects.count() == 0
    assert connection.client().llen("runs") == 0


def test_inputs_that_are_too_large_are_refused(cast: Cast, app: App) -> None:
    answer = _start(cast, app, inputs={"text": "a", "other": "x" * 5_000_000})

    assert (answer.status_code, answer.json()["code"]) == (413, "inputs_too_large")


def test_live_runs_need_a_version_and_name_it(cast: Cast, app: App) -> None:
    refused = _start(cast, app, inputs={"text": "a"}, target="live")
    publication.publish(cast.editor, app)

    started = _start(cast, app, inputs={"text": "a"}, target="live")

    assert (refused.status_code, refused.json()["code"]) == (409, "app_not_published")
    assert (started.json()["version"], started.json()["target"]) == (1, "live")


def test_a_chat_in_the_editor_remembers_its_turns(cast: Cast, executor: Executor, server: FakeOpenAI) -> None:
    make_provider(cast.workspace, server.base_url)
    graph = chat_document()
    graph["nodes"][1]["config"]["memory"] = {"enabled": True, "window": 10}
    app = make_app(cast.workspace, graph)
    first = _start(cast, app, query="One").json()
    executor.take(first["id"])
    _wait(first["id"])

    second = _start(cast, app, query="Two", conversation_id=first["conversation_id"]).json()
    executor.take(second["id"])
    _wait(second["id"])

    assert second["conversation_id"] == first["conversation_id"]
    assert [message["content"] for message in server.requests[1]["messages"]] == ["One", "Well: Hello, world.", "Two"]


def test_the_list_is_filtered_and_paged(cast: Cast, app: App) -> None:
    ids = [_start(cast, app, inputs={"text": "a"}).json()["id"] for _ in range(3)]
    cast.call("editor", "post", f"/runs/{ids[0]}/stop")

    stopped = cast.call("viewer", "get", f"/apps/{app.id}/runs?status=stopped&source=editor").json()
    called = cast.call("viewer", "get", f"/apps/{app.id}/runs?source=api").json()
    page = cast.call("viewer", "get", f"/apps/{app.id}/runs?limit=2").json()
    rest = cast.call("viewer", "get", f"/apps/{app.id}/runs?limit=2&cursor={page['next']}").json()

    assert [run["id"] for run in stopped["items"]] == ids[:1]
    assert called["items"] == []
    assert [run["id"] for run in [*page["items"], *rest["items"]]] == ids[::-1]
    assert rest["next"] is None
    assert cast.call("viewer", "get", f"/apps/{app.id}/runs?status=nonsense").status_code == 422
    assert cast.call("viewer", "get", f"/apps/{app.id}/runs?source=nonsense").status_code == 422


def test_an_uploaded_file_becomes_an_input_and_strangers_files_do_not_exist(cast: Cast, executor: Executor) -> None:
    variable = {"name": "paper", "type": "file", "required": True}
    outputs = {"outputs": [{"name": "name", "selector": ["start", "paper", "name"]}]}
    nodes = [
        node("start", "start", "Start", {"variables": [variable]}, at=(0, 0)),
        node("end", "end", "End", outputs, at=(1, 0)),
    ]
    app = make_app(cast.workspace, document("workflow", nodes, edges("start", "end")))
    upload = SimpleUploadedFile("报告.pdf", b"%PDF-")
    uploaded = cast.client("editor").post("/api/v1/files", {"file": upload}).json()
    foreign = files.upload(make_workspace().id, name="secret.txt", parts=lambda: [b"s"])

    started = _start(cast, app, inputs={"paper": {"id": uploaded["id"]}})
    refused = _start(cast, app, inputs={"paper": {"id": str(foreign.id)}})
    executor.take(started.json()["id"])
    _wait(started.json()["id"])

    assert (uploaded["name"], uploaded["size"], uploaded["extension"]) == ("报告.pdf", 5, ".pdf")
    assert started.json()["inputs"]["paper"]["related_id"] == uploaded["id"]
    assert (refused.status_code, refused.json()["field"]) == (422, "inputs.paper")
    assert Run.objects.get(id=started.json()["id"]).outputs == {"name": "报告.pdf"}
    assert files.read(cast.workspace.id, uploaded["id"]) == b"%PDF-"


def test_a_run_takes_a_bounded_number_of_files_in_all(cast: Cast) -> None:
    variables = [{"name": "papers", "type": "file-list"}, {"name": "cover", "type": "file"}]
    nodes = [
        node("start", "start", "Start", {"variables": variables}, at=(0, 0)),
        node("end", "end", "End", {"outputs": []}, at=(1, 0)),
    ]
    app = make_app(cast.workspace, document("workflow", nodes, edges("start", "end")))
    file = {"id": str(files.upload(cast.workspace.id, name="a.txt", parts=lambda: [b"a"]).id)}

    taken = _start(cast, app, inputs={"papers": [file] * 8, "cover": file}, files=[file])
    refused = _start(cast, app, inputs={"papers": [file] * 8, "cover": file}, files=[file] * 2)

    assert (taken.status_code, len(taken.json()["inputs"]["papers"])) == (202, 8)
    assert refused.status_code == 422
    assert refused.json() == {
        "code": "invalid_input",
        "message": "This run is given 11 files; a run takes at most 10. Leave some out, or join them.",
        "field": "inputs.papers",
    }


def test_an_upload_over_the_limit_is_refused_and_kept_nowhere(cast: Cast, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 10

    answer = cast.client("editor").post("/api/v1/files", {"file": SimpleUploadedFile("big.txt", b"x" * 11)})

    assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")
    assert UploadedFile.objects.count() == 0


ALLOWED = {
    ("get", "/runs/{run}"): "owner editor viewer",
    ("get", "/runs/{run}/log"): "owner editor viewer",
    ("get", "/apps/{app}/runs"): "owner editor viewer",
    ("post", "/apps/{app}/runs"): "owner editor",
    ("post", "/runs/{run}/stop"): "owner editor",
}


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.parametrize(("method", "path"), ALLOWED)
def test_who_may(cast: Cast, app: App, who: str, method: str, path: str) -> None:
    run_id = _start(cast, app, inputs={"text": "a"}).json()["id"]

    answer = cast.call(
        who, method, path.format(app=app.id, run=run_id), {"inputs": {"text": "b"}} if method == "post" else None
    )

    allowed = who in ALLOWED[method, path].split()
    refused = {"stranger": 404, "nobody": 401}.get(who, 403)
    assert answer.status_code < 300 if allowed else answer.status_code == refused
    if not allowed:
        assert list(Run.objects.values_list("status", flat=True)) == ["queued"]


def test_a_run_from_the_console_may_begin_at_a_trigger(cast: Cast, executor: Executor) -> None:
    nodes = [
        node("start", "start", "Start", {"variables": [{"name": "q", "type": "text", "required": True}]}, at=(0, 0)),
        node("tick", "trigger-schedule", "Tick", {"cron": "* * * * *", "timezone": "UTC"}, at=(0, 1)),
        node("end", "end", "End", {"outputs": [{"name": "at", "selector": ["tick", "scheduled_at"]}]}, at=(1, 0)),
    ]
    app = make_app(cast.workspace, document("workflow", nodes, [*edges("start", "end"), *edges("tick", "end")]))
    assert _start(cast, app).status_code == 422

    run_id = _start(cast, app, root="tick", inputs={"scheduled_at": "2026-01-01T00:00:00Z"}).json()["id"]
    executor.take(run_id)
    _wait(run_id)

    shown = cast.call("viewer", "get", f"/runs/{run_id}").json()
    assert (shown["status"], shown["root"], shown["outputs"]) == ("finished", "tick", {"at": "2026-01-01T00:00:00Z"})


def test_an_unknown_run_is_not_there(cast: Cast) -> None:
    assert cast.call("owner", "get", f"/runs/{uuid4()}").status_code == 404
