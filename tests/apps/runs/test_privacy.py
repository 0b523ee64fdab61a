"""Passages of a private knowledge base: for whom a run finds them, and who reads them in its pages."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from apps.accounts.services import issue_key
from apps.conversations.services import Question, begin_turn
from apps.knowledge import access
from apps.knowledge.models import Dataset, Permission
from apps.runs import blobs, dispatch, services, single
from apps.runs.executor import Executor
from apps.runs.models import Run, Source, Wait
from apps.runs.privacy import NOT_SHOWN
from apps.runs.services import start_run
from apps.studio import publication
from apps.studio.graphs import document, edges, node
from apps.studio.models import App, Draft, Version
from tests.apps.runs.graphs import make_app, queue_run
from tests.apps.runs.web import Sse, open_socket, receive, send, session_cookie, web_server
from tests.cast import Cast, make_cast
from tests.factories import make_dataset
from tests.waiting import until_sync

SECRET = "Ann earns 90,000 a year."


@pytest.fixture
def cast(executor: Executor, monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(dispatch, "execute", lambda run_ids: [executor.take(str(run_id)) for run_id in run_ids])
    return make_cast()


@pytest.fixture
def salaries(cast: Cast) -> Dataset:
    """For the editor and admins. It is empty: what a passage says comes into the run by its inputs."""
    return make_dataset(
        cast.workspace, name="Salaries", permission=Permission.ONLY_ME, created_by=cast.editor.user, retrieval=LEXICAL
    )


LEXICAL = {"method": "lexical"}
NUMBER = {"n": {"type": "number"}}


def _searching(dataset: Dataset) -> dict[str, Any]:
    """start, a search, a template that repeats what it is told, end."""
    told = {"template": "{{ text | upper }}", "inputs": [{"name": "text", "selector": ["start", "text"]}]}
    search = {"query": ["start", "text"], "dataset_ids": [str(dataset.id)]}
    outputs = [{"name": "told", "selector": ["shout", "output"]}, {"name": "found", "selector": ["search", "result"]}]
    nodes = [
        node("start", "start", "Start", {"variables": [{"name": "text", "type": "text"}]}, at=(0, 0)),
        node("search", "knowledge-retrieval", "Search", search, at=(1, 0)),
        node("shout", "template-transform", "Shout", told, at=(2, 0)),
        node("end", "end", "End", {"outputs": outputs}, at=(3, 0)),
    ]
    return document("workflow", nodes, edges("start", "search", "shout", "end"))


def _ended(run_id: Any) -> Run:
    until_sync(lambda: Run.objects.filter(id=run_id, finished_at__isnull=False, lease_expires_at=None).exists())
    return Run.objects.get(id=run_id)


def _tried(cast: Cast, app: App) -> Run:
    answer = cast.call("editor", "post", f"/apps/{app.id}/runs", {"inputs": {"text": SECRET}})
    assert answer.status_code == 202
    return _ended(answer.json()["id"])


def _pages(cast: Cast, who: str, run: Run) -> dict[str, str]:
    """Everything of a run that a member can open, as text."""
    client = cast.client(who)
    paths = {path: f"runs/{run.id}{path}" for path in ("", "/log", "/log?format=jsonl", "/forms")}
    paths["list"] = f"apps/{run.app_id}/runs"
    return {name: client.get(f"/api/v1/{path}").content.decode() for name, path in paths.items()}


def test_a_run_that_searched_a_private_base_shows_its_values_to_who_sees_the_base(
    cast: Cast, salaries: Dataset
) -> None:
    run = _tried(cast, make_app(cast.workspace, _searching(salaries)))
    assert (run.status, run.dataset_ids, run.reader_ids) == (
        "finished",
        [str(salaries.id)],
        [str(cast.editor.user.id)] if cast.editor.user else None,
    )

    for who in ("owner", "editor"):
        pages = _pages(cast, who, run)
        assert all(SECRET in text or SECRET.upper() in text for path, text in pages.items() if path != "/forms")
        assert json.loads(pages[""])["hidden"] is False
    pages = _pages(cast, "viewer", run)
    assert [path for path, text in pages.items() if "90,000" in text] == []
    seen = json.loads(pages[""])
    assert (seen["hidden"], seen["status"], seen["inputs"], seen["outputs"]) == (True, "finished", {}, None)
    assert {name: (each["status"], each["outputs"]) for name, each in seen["state"]["nodes"].items()} == {
        name: ("finished", {}) for name in ("start", "search", "shout", "end")
    }
    assert seen["last_seq"] == len(json.loads(pages["/log"])["items"]) == len(pages["/log?format=jsonl"].splitlines())
    assert json.loads(pages["list"])["items"][0]["hidden"] is True


def test_what_a_published_version_answers_is_its_publishers_to_give(cast: Cast, salaries: Dataset) -> None:
    app = make_app(cast.workspace, _searching(salaries))
    version = publication.publish(cast.editor, app)
    started = start_run(app, version=version, inputs={"inputs": {"text": SECRET}}, source=Source.API)
    run = _ended(started.id)

    seen = json.loads(_pages(cast, "viewer", run)[""])

    assert (run.reader_ids, seen["hidden"]) == ([str(cast.editor.user.id)] if cast.editor.user else None, True)
    assert seen["outputs"] == seen["state"]["outputs"] == {"told": SECRET.upper(), "found": []}
    assert {name: each["outputs"] for name, each in seen["state"]["nodes"].items()} == {
        name: {} for name in ("start", "search", "shout", "end")
    }


def test_a_stream_and_single_values_are_kept_back_too(cast: Cast, salaries: Dataset) -> None:
    run = _tried(cast, make_app(cast.workspace, _searching(salaries)))
    blob = blobs.put(run.id, json.dumps(SECRET).encode())
    told = {}

    with web_server() as host:
        for who, user in (("editor", cast.editor.user), ("viewer", cast.viewer.user)):
            assert user is not None
            cookie = session_cookie(user)
            events = Sse(host, f"/runs/{run.id}/events", cookie).rest()
            with open_socket(host, cookie) as socket:
                send(socket, op="subscribe", topic=f"run:{run.id}")
                followed = [receive(socket) for _ in range(run.last_seq + 1)]
            assert [each["event"] for each in followed[1:]] == events
            told[who] = "90,000" in json.dumps(events)
    assert told == {"editor": True, "viewer": False}
    statuses = {who: cast.call(who, "get", f"/runs/{run.id}/blobs/{blob}").status_code for who in ("editor", "viewer")}
    assert statuses == {"editor": 200, "viewer": 404}


def test_an_apps_key_opens_no_run_of_the_editor(cast: Cast, salaries: Dataset) -> None:
    """Members who do not see the base may hold the key, and the list tells them the run's id."""
    app = make_app(cast.workspace, _searching(salaries))
    tried = _tried(cast, app)
    publication.publish(cast.editor, app)
    called = _ended(services.start_live_run(app, inputs={"inputs": {"text": "Ann?"}}, source=Source.API).id)
    headers = {"Authorization": f"Bearer {issue_key(cast.editor, app_id=app.pk).text}"}

    def asked(run: Run) -> list[int]:
        user = tried.end_user if run == tried else ""
        paths = (f"/v1/workflows/run/{run.id}", f"/v1/workflow/{run.id}/events?user={user}")
        return [Client().get(path, headers=headers).status_code for path in paths]

    assert tried.end_user
    assert asked(tried) == [404, 404]
    assert asked(called)[0] == 200


def test_the_name_of_an_event_that_is_waited_for_is_kept_back(cast: Cast, salaries: Dataset) -> None:
    run = queue_run(make_app(cast.workspace, _searching(salaries)))
    Run.objects.update(dataset_ids=[str(salaries.id)])
    Wait.objects.create(run=run, key="wait", node_id="wait", type="event", facts={"event": SECRET}, token="t")

    told = {who: cast.call(who, "get", f"/runs/{run.id}").json()["waits"] for who in ("editor", "viewer")}

    assert {who: [each["event"] for each in waits] for who, waits in told.items()} == {
        "editor": [SECRET],
        "viewer": [None],
    }


def test_a_run_that_goes_on_from_hidden_values_is_hidden_with_them(cast: Cast, salaries: Dataset) -> None:
    """A node that reads nothing private by itself, run on what a search had found."""
    app = make_app(cast.workspace, _searching(salaries))
    _tried(cast, app)

    unknown = cast.call("viewer", "get", f"/apps/{app.id}/nodes/shout/inputs").json()
    alone = cast.call("editor", "post", f"/apps/{app.id}/nodes/shout/run", {})
    run = _ended(alone.json()["id"])

    assert unknown == {"items": [{"selector": "start.text", "value": None, "known": False}], "run_id": None}
    assert [read.value for read in single.reads_of(cast.editor, app, "shout").reads] == [SECRET]
    assert run.dataset_ids == [str(salaries.id)]
    assert "90,000" not in "".join(_pages(cast, "viewer", run).values())


def test_a_search_is_refused_once_nobody_it_is_made_for_sees_the_base(cast: Cast, salaries: Dataset) -> None:
    app = make_app(cast.workspace, _searching(salaries))
    version = publication.publish(cast.editor, app)

    def run() -> tuple[str, str | None]:
        started = start_run(app, version=version, inputs={"inputs": {"text": "Ann?"}}, source=Source.API)
        ended = _ended(started.id)
        return ended.status, (ended.error or {}).get("code")

    assert run() == ("finished", None)
    # the base becomes the owner's own
    Dataset.objects.update(created_by=cast.owner.user)
    assert run() == ("failed", "dataset_hidden")
    assert cast.editor.user is not None
    access.set_access(cast.owner, salaries.id, Permission.SOME, [cast.editor.user.id])
    assert run() == ("finished", None)
    # who leaves the workspace takes along what he vouched for, but not what everybody sees
    cast.editor.user.memberships.all().delete()
    assert run() == ("failed", "dataset_hidden")
    access.set_access(cast.owner, salaries.id, Permission.ALL)
    assert run() == ("finished", None)
    salaries.delete()
    assert run() == ("failed", "dataset_not_found")


def test_what_is_called_searches_for_its_own_publisher(cast: Cast, salaries: Dataset) -> None:
    inner = make_app(cast.workspace, _searching(salaries), name="Inner")
    publication.publish(cast.editor, inner)
    call = {"app": str(inner.id), "arguments": [{"name": "text", "mode": "constant", "value": SECRET}]}
    nodes = [
        node("start", "start", "Start", {"variables": []}, at=(0, 0)),
        node("call", "workflow", "Call", call, at=(1, 0)),
        node("end", "end", "End", {"outputs": []}, at=(2, 0)),
    ]
    outer = make_app(cast.workspace, document("workflow", nodes, edges("start", "call", "end")), name="Outer")
    author = cast.viewer.user
    version = Version.objects.create(
        app=outer, number=1, document=outer.draft.document, plan_hash="outer", author=author
    )

    run = _ended(start_run(outer, version=version, inputs={}, source=Source.API).id)

    assert author is not None
    assert cast.editor.user is not None
    assert (run.status, run.error, run.dataset_ids) == ("finished", None, [str(salaries.id)])
    assert run.reader_ids == sorted([str(author.id), str(cast.editor.user.id)])


def test_a_webhooks_trial_searches_for_who_edited_the_draft(cast: Cast, salaries: Dataset) -> None:
    app = make_app(cast.workspace, _searching(salaries))
    Draft.objects.filter(app=app).update(updated_by=cast.viewer.user)
    app.draft.refresh_from_db()
    reader: UUID | None = app.draft.updated_by_id

    run = start_run(
        app, document=app.draft.document, inputs={"inputs": {"text": "Ann?"}}, source=Source.EDITOR, tried_by=reader
    )

    ended = _ended(run.id)
    assert (ended.status, (ended.error or {}).get("code")) == ("failed", "dataset_hidden")
    assert NOT_SHOWN not in (ended.error or {}).get("message", "")


def _noting(dataset: Dataset | None) -> dict[str, Any]:
    """A chat that notes what it found in a variable, and then fails; without a dataset it only replies."""
    note = {"target": ["conversation", "note"], "operation": "over-write", "source": "constant"}
    search = {"query": ["sys", "query"], "dataset_ids": [str(dataset.id)] if dataset is not None else []}
    nodes = [node("start", "start", "Start", {"variables": []}, at=(0, 0))]
    if dataset is not None:
        nodes += [
            node("search", "knowledge-retrieval", "Search", search, at=(1, 0)),
            node("set", "assigner", "Set", {"items": [{**note, "value": SECRET}]}, at=(2, 0)),
            node("risk", "code", "Risk", {"code": "def main():\n    return 1 / 0", "outputs": NUMBER}, at=(3, 0)),
        ]
    nodes.append(node("reply", "answer", "Reply", {"answer": "It is noted."}, at=(4, 0)))
    graph = document("chat", nodes, edges(*(each.node["id"] for each in nodes)))
    graph["variables"]["conversation"] = [{"name": "note", "type": "string", "value": ""}]
    return graph


@pytest.mark.parametrize("is_published", [False, True], ids=["draft", "published"])
def test_what_a_conversation_remembers_is_hidden_with_the_turn_that_wrote_it(
    cast: Cast, salaries: Dataset, *, is_published: bool
) -> None:
    """That turn failed, and what the app is by now searches nothing."""
    app = make_app(cast.workspace, _noting(salaries))
    conversation: str | None = None
    runs: list[Run] = []
    for text, graph in (("Ann?", _noting(salaries)), ("And now?", _noting(None))):
        Draft.objects.filter(app=app).update(document=graph)
        app.draft.refresh_from_db()
        if is_published:
            version = publication.publish(cast.editor, app)
            question = Question(text, {}, "ann", conversation)
            turn = begin_turn(app, question, audience="api", source=Source.API, version=version)
            conversation, run_id = turn.conversation_id, turn.run_id
        else:
            given = {"query": text, "conversation_id": conversation}
            answer = cast.call("editor", "post", f"/apps/{app.id}/runs", given).json()
            conversation, run_id = answer["conversation_id"], answer["id"]
        runs.append(_ended(run_id))

    assert [run.status for run in runs] == ["failed", "finished"]
    assert [run.dataset_ids for run in runs] == [[str(salaries.id)]] * 2
    assert any("90,000" in text for text in _pages(cast, "editor", runs[1]).values())
    assert [path for path, text in _pages(cast, "viewer", runs[1]).items() if "90,000" in text] == []
    if is_published:
        path = f"/conversations/{conversation}/variables"
        told = {who: cast.call(who, "get", path).json()["items"] for who in ("owner", "editor", "viewer")}
        shown = {who: [(each["value"], each["hidden"]) for each in items] for who, items in told.items()}
        assert shown == {"owner": [(SECRET, False)], "editor": [(SECRET, False)], "viewer": [(None, True)]}
