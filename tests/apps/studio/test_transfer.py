"""Apps as files: both formats in and out, a report of what was not at hand, secrets kept, versions compared."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.services import workspace_actor
from apps.studio.graphs import document, edges, node
from apps.studio.models import App
from apps.studio.publication import publish
from tests.apps.runs.graphs import echo_document, make_app
from tests.cast import Cast
from workflows import load

FOREIGN = """
app: {name: From elsewhere, mode: workflow}
kind: app
version: 0.3.0
workflow:
  graph:
    nodes:
      - {id: s, data: {type: start, title: Start, variables: []}}
      - {id: t, data: {type: tool, title: Search, provider_id: tavily, tool_name: search, provider_type: builtin}}
      - {id: e, data: {type: end, title: End, outputs: []}}
    edges:
      - {id: st, source: s, target: t}
      - {id: te, source: t, target: e}
"""


def _secretive() -> dict[str, Any]:
    nodes = [
        node("start", "start", "Start", {"variables": []}, at=(0, 0)),
        node("end", "end", "End", {"outputs": []}, at=(1, 0)),
    ]
    graph = document("workflow", nodes, edges("start", "end"))
    graph["variables"]["environment"] = [{"name": "KEY", "type": "secret", "value": "sk-1", "description": ""}]
    return graph


def test_a_preview_reports_and_stores_nothing(cast: Cast) -> None:
    answer = cast.call("editor", "post", "/apps/import/preview", {"text": FOREIGN})

    report = answer.json()["report"]
    assert (answer.status_code, report["loads"], report["format"], report["name"]) == (
        200,
        True,
        "dify",
        "From elsewhere",
    )
    assert (report["nodes"], [entry["node_id"] for entry in report["unsupported"]]) == (3, ["t"])
    assert App.objects.count() == 0


def test_an_unknown_tool_aborts_no_import(cast: Cast) -> None:
    answer = cast.call("editor", "post", "/apps/import", {"text": FOREIGN, "name": "Mine"})

    assert (answer.status_code, answer.json()["app"]["name"]) == (201, "Mine")
    assert [entry["node_id"] for entry in answer.json()["report"]["unsupported"]] == ["t"]
    assert len(App.objects.get().draft.document["nodes"]) == 3


def test_a_file_is_imported_as_its_text_is(cast: Cast) -> None:
    client = cast.client("editor")
    for data, status in [(FOREIGN.encode(), 201), (b"\xff\xfe\x00", 422)]:
        answer = client.post("/api/v1/apps/import", {"file": SimpleUploadedFile("app.yml", data)})
        assert answer.status_code == status, answer.content
    assert App.objects.count() == 1


@pytest.mark.parametrize("format", ["weft", "dify"])
def test_what_is_exported_is_imported_again(cast: Cast, format: str) -> None:
    app = make_app(cast.workspace, echo_document(), name="Echo")

    answer = cast.call("viewer", "get", f"/apps/{app.id}/export?format={format}")
    envelope = cast.call("viewer", "get", f"/apps/{app.id}/export?format={format}&envelope=json").json()

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/yaml; charset=utf-8")
    assert envelope["text"] == answer.content.decode()
    assert answer["X-Weft-Export-Issues"] == str(len(envelope["issues"]))
    again = load(envelope["text"])
    assert (again.name, [each.kind for each in again.nodes]) == ("Echo", ["start", "template-transform", "end"])


def test_secrets_leave_only_with_an_owner_who_asks(cast: Cast) -> None:
    app = make_app(cast.workspace, _secretive())

    plain = cast.call("owner", "get", f"/apps/{app.id}/export").content.decode()
    refused = cast.call("editor", "get", f"/apps/{app.id}/export?secrets=true")
    whole = cast.call("owner", "get", f"/apps/{app.id}/export?secrets=true").content.decode()

    assert ("sk-1" in plain, refused.status_code, "sk-1" in whole) == (False, 403, True)


def test_versions_are_exported_and_compared(cast: Cast) -> None:
    app = make_app(cast.workspace, echo_document())
    publish(workspace_actor(cast.workspace), app)
    app.draft.document["nodes"][1]["config"]["template"] = "{{ text | lower }}"
    app.draft.save()

    first = cast.call("viewer", "get", f"/apps/{app.id}/export?version=1").content.decode()
    found = cast.call("viewer", "get", f"/apps/{app.id}/versions/1/diff").json()

    assert "upper" in first
    changed = [line[0] for line in found["diff"].splitlines() if line[:2] in ("- ", "+ ")]
    assert sorted(changed) == ["+", "-"]
    assert ("text | upper" in found["from"]["text"], "text | lower" in found["to"]["text"]) == (True, True)
    assert cast.call("viewer", "get", f"/apps/{app.id}/versions/9/diff").status_code == 404
    assert cast.call("viewer", "get", f"/apps/{app.id}/versions/1/diff?against=x").status_code == 422


def test_published_apps_are_offered_as_tools(cast: Cast) -> None:
    make_app(cast.workspace, echo_document(), name="A draft only")
    app = make_app(cast.workspace, echo_document(), name="Echo")
    publish(workspace_actor(cast.workspace), app)

    (offered,) = cast.call("viewer", "get", "/workflow-tools").json()["items"]

    assert (offered["app_id"], offered["version"], offered["versions"]) == (str(app.id), 1, [1])
    assert [row["name"] for row in offered["inputs"]] == ["text"]
    assert offered["outputs"] == [{"name": "result", "type": "string"}]


def test_limits_are_set_by_those_who_may(cast: Cast) -> None:
    app = make_app(cast.workspace, echo_document())
    asked = {"wall_s": 60, "tokens": 1000}

    assert cast.call("viewer", "put", f"/apps/{app.id}/limits", asked).status_code == 403
    assert cast.call("editor", "put", "/workspace/limits", {"steps": 5}).status_code == 403
    assert cast.call("owner", "put", "/workspace/limits", {"steps": 5}).status_code == 200
    assert cast.call("editor", "put", f"/apps/{app.id}/limits", {"tokens": -1}).status_code == 422

    assert cast.call("editor", "put", f"/apps/{app.id}/limits", asked).json() == {
        "wall_s": 60.0, "tokens": 1000, "cost": None, "steps": None,
        "workspace": {"wall_s": None, "tokens": None, "cost": None, "steps": 5},
    }  # fmt: skip
