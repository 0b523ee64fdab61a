"""Drafts, versions and who may touch them, through the API as the editor uses it."""

from __future__ import annotations

import copy
from typing import Any
from uuid import uuid4

import pytest

from apps.studio.models import App, Draft, Version
from tests.apps.runs.graphs import chat_document, echo_document, make_app
from tests.cast import ROLES, Cast


@pytest.fixture
def app(cast: Cast) -> App:
    return make_app(cast.workspace, echo_document(), name="Echo")


def _draft(cast: Cast, app: App) -> dict[str, Any]:
    body: dict[str, Any] = cast.call("editor", "get", f"/apps/{app.id}/draft").json()
    return body


def test_a_save_makes_the_next_revision_and_tells_the_faults(cast: Cast, app: App) -> None:
    document = _draft(cast, app)["document"]
    document["nodes"][1]["config"]["template"] = "{{ nothing"

    answer = cast.call("editor", "put", f"/apps/{app.id}/draft", {"document": document, "revision": 1})

    assert (answer.status_code, answer.json()["revision"]) == (200, 2)
    assert [(fault["node_id"], fault["severity"]) for fault in answer.json()["faults"]] == [("shout", "error")]
    assert _draft(cast, app)["document"]["nodes"] == document["nodes"]


def test_a_save_on_an_old_revision_is_refused_with_what_is_stored(cast: Cast, app: App) -> None:
    mine, theirs = (copy.deepcopy(app.draft.document) for _ in range(2))
    mine["nodes"][1]["title"], theirs["nodes"][1]["title"] = "Mine", "Theirs"
    cast.call("owner", "put", f"/apps/{app.id}/draft", {"document": theirs, "revision": 1})

    answer = cast.call("editor", "put", f"/apps/{app.id}/draft", {"document": mine, "revision": 1})

    assert (answer.status_code, answer.json()["code"]) == (409, "draft_conflict")
    details = answer.json()["details"]
    assert (details["revision"], details["document"]["nodes"][1]["title"]) == (2, "Theirs")
    assert (details["updated_by"], bool(details["updated_at"])) == ("Owner", True)
    assert details["updated_by_id"] == str(Draft.objects.get(app=app).updated_by_id)
    assert Draft.objects.get(app=app).document["nodes"][1]["title"] == "Theirs"


def test_publishing_makes_an_immutable_version_and_restoring_brings_it_back(cast: Cast, app: App) -> None:
    first = cast.call("editor", "post", f"/apps/{app.id}/versions", {"note": "First"}).json()
    document = _draft(cast, app)["document"]
    document["nodes"][1]["config"]["template"] = "changed"
    cast.call("editor", "put", f"/apps/{app.id}/draft", {"document": document, "revision": 1})
    second = cast.call("editor", "post", f"/apps/{app.id}/versions", {}).json()

    listed = cast.call("viewer", "get", f"/apps/{app.id}/versions").json()["items"]
    restored = cast.call("editor", "post", f"/apps/{app.id}/versions/1/restore").json()

    assert [(each["number"], each["note"], each["is_live"], each["author"]) for each in listed] == [
        (2, "", True, {"name": "Editor"}),
        (1, "First", False, {"name": "Editor"}),
    ]
    assert (first["number"], second["number"]) == (1, 2)
    assert restored["document"]["nodes"][1]["config"]["template"] == "{{ text | upper }}"
    assert restored["revision"] == 3
    assert cast.call("viewer", "get", f"/apps/{app.id}/versions/2").json()["document"]["nodes"] == document["nodes"]
    assert cast.call("viewer", "get", f"/apps/{app.id}").json()["published_version"] == 2


def test_a_graph_with_faults_is_not_published(cast: Cast, app: App) -> None:
    Draft.objects.filter(app=app).update(document={**app.draft.document, "edges": []})

    answer = cast.call("editor", "post", f"/apps/{app.id}/versions", {})

    assert (answer.status_code, answer.json()["code"]) == (422, "graph_invalid")
    assert answer.json()["details"]["faults"]
    assert Version.objects.filter(app=app).count() == 0
    assert App.objects.get(id=app.id).live_version is None


@pytest.mark.parametrize("document", [{}, {"weft": 1}, {"weft": 1, "nodes": "x", "app": 5}, {"weft": 1, "nodes": [1]}])
def test_any_document_is_checked_without_falling_over(cast: Cast, app: App, document: dict[str, Any]) -> None:
    answer = cast.call("viewer", "post", f"/apps/{app.id}/check", {"document": document})

    assert answer.status_code == 200
    assert any(fault["severity"] == "error" for fault in answer.json()["faults"])


def test_a_deleted_app_is_gone_and_comes_back_as_it_was(cast: Cast, app: App) -> None:
    assert cast.call("editor", "delete", f"/apps/{app.id}").status_code == 204

    assert cast.call("owner", "get", f"/apps/{app.id}").status_code == 404
    assert cast.call("owner", "get", "/apps").json()["items"] == []
    restored = cast.call("editor", "post", f"/apps/{app.id}/restore")
    assert (restored.status_code, restored.json()["name"]) == (200, "Echo")
    assert _draft(cast, app)["document"] == echo_document()


def test_a_copy_has_the_draft_and_nothing_else(cast: Cast, app: App) -> None:
    cast.call("editor", "post", f"/apps/{app.id}/versions", {})

    made = cast.call("editor", "post", f"/apps/{app.id}/duplicate", {}).json()

    copied = App.objects.get(id=made["id"])
    assert (made["name"], made["published_version"]) == ("Echo 2", None)
    assert copied.draft.document["nodes"] == app.draft.document["nodes"]


def test_the_list_is_searched_and_shows_facts_of_other_rooms(cast: Cast, app: App) -> None:
    make_app(cast.workspace, chat_document(), name="Support chat")

    found = cast.call("viewer", "get", "/apps?q=supp").json()["items"]

    assert [each["name"] for each in found] == ["Support chat"]
    assert len(found[0]["activity"]) == 7
    assert found[0]["last_run"] is None


ALLOWED = {
    ("get", "/apps/{id}"): "owner editor viewer",
    ("get", "/apps/{id}/draft"): "owner editor viewer",
    ("get", "/apps/{id}/versions"): "owner editor viewer",
    ("get", "/apps/{id}/export"): "owner editor viewer",
    ("patch", "/apps/{id}"): "owner editor",
    ("put", "/apps/{id}/draft"): "owner editor",
    ("post", "/apps/{id}/versions"): "owner editor",
    ("post", "/apps/{id}/duplicate"): "owner editor",
    ("delete", "/apps/{id}"): "owner editor",
}
BODIES: dict[str, Any] = {"put": {"document": echo_document(), "revision": 1}, "patch": {"name": "New"}, "post": {}}


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.parametrize(("method", "path"), ALLOWED)
def test_who_may(cast: Cast, app: App, who: str, method: str, path: str) -> None:
    answer = cast.call(who, method, path.format(id=app.id), BODIES.get(method))

    allowed = who in ALLOWED[method, path].split()
    refused = {"stranger": 404, "nobody": 401}.get(who, 403)
    assert answer.status_code < 300 if allowed else answer.status_code == refused
    if not allowed:
        unchanged = App.objects.get(id=app.id)
        assert (unchanged.name, unchanged.deleted_at, unchanged.draft.revision) == ("Echo", None, 1)
        assert (App.objects.count(), Version.objects.count()) == (1, 0)


def test_an_unknown_app_is_not_there(cast: Cast) -> None:
    assert cast.call("owner", "get", f"/apps/{uuid4()}").status_code == 404
