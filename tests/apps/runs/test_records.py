"""A run's log as a file: it carries every graph that ran and every value, and no secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from apps.accounts.services import workspace_actor
from apps.runs import dispatch
from apps.runs.executor import Executor
from apps.runs.models import Run
from apps.studio.graphs import document, edges, node
from apps.studio.publication import publish
from tests.apps.runs.graphs import echo_document, make_app, queue_run
from tests.cast import Cast, make_cast
from tests.waiting import until_sync
from workflows.cli import main

SECRET = "sk-very-secret"


@pytest.fixture
def world(executor: Executor, monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(dispatch, "execute", lambda run_ids: [executor.take(str(run_id)) for run_id in run_ids])
    return make_cast()


def _secretive(graph: dict[str, Any]) -> dict[str, Any]:
    graph["variables"]["environment"] = [{"name": "KEY", "type": "secret", "value": SECRET, "description": ""}]
    return graph


def _calling(app_id: str) -> dict[str, Any]:
    """start, a text made of a secret, another workflow, and an end."""
    text = {"template": "{{ k }}" + "y" * 270_000, "inputs": [{"name": "k", "selector": ["env", "KEY"]}]}
    arguments = [{"name": "text", "mode": "variable", "value": ["start", "text"]}]
    outputs = [{"name": "result", "selector": ["sub", "result"]}, {"name": "big", "selector": ["big", "output"]}]
    nodes = [
        node("start", "start", "Start", {"variables": [{"name": "text", "type": "text"}]}, at=(0, 0)),
        node("big", "template-transform", "Big", text, at=(1, 0)),
        node("sub", "workflow", "Sub", {"app": app_id, "arguments": arguments}, at=(2, 0)),
        node("end", "end", "End", {"outputs": outputs}, at=(3, 0)),
    ]
    return _secretive(document("workflow", nodes, edges("start", "big", "sub", "end")))


def test_a_downloaded_log_is_replayed_by_itself(
    world: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    called = make_app(world.workspace, _secretive(echo_document()))
    publish(workspace_actor(world.workspace), called)
    app = make_app(world.workspace, _calling(str(called.id)))
    run = queue_run(app, text="tea")
    until_sync(lambda: Run.objects.filter(id=run.id, finished_at__isnull=False, lease_expires_at=None).exists())

    answer = world.call("viewer", "get", f"/runs/{run.id}/log?format=jsonl")

    text = answer.content.decode()
    started = json.loads(text.splitlines()[0])
    assert list(started["called"]) == [f"{called.id}@latest"]
    assert (SECRET in text, '"$blob"' in text, "y" * 270_000 in text) == (False, False, True)
    log = tmp_path / "log.jsonl"
    log.write_text(text, encoding="utf-8")
    assert main(["replay", str(log)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["status"], told["outputs"]["result"], told["live"]) == ("finished", "TEA", 0)


def test_only_those_who_may_change_a_secret_are_shown_it(world: Cast) -> None:
    app = make_app(world.workspace, _secretive(echo_document()))
    publish(workspace_actor(world.workspace), app)
    run = queue_run(app, text="tea")

    shown = {
        (who, path): SECRET in world.call(who, "get", path).content.decode()
        for who in ("viewer", "editor", "owner")
        for path in (f"/apps/{app.id}/draft", f"/apps/{app.id}/versions/1", f"/runs/{run.id}")
    }

    assert shown == {(who, path): who != "viewer" and "runs" not in path for who, path in shown}
