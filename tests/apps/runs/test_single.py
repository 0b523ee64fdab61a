"""One node by itself: on what the last run knew, with some of it replaced."""

from __future__ import annotations

from typing import Any

import pytest

from apps.runs import dispatch, selectors
from apps.runs.executor import Executor
from apps.runs.models import Run
from tests.apps.runs.graphs import echo_document, make_app, queue_run
from tests.cast import Cast, make_cast
from tests.waiting import until_sync


@pytest.fixture
def world(executor: Executor, monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(dispatch, "execute", lambda run_ids: [executor.take(str(run_id)) for run_id in run_ids])
    return make_cast()


def _outputs(run_id: str) -> Any:
    until_sync(lambda: Run.objects.filter(id=run_id, finished_at__isnull=False, lease_expires_at=None).exists())
    run = Run.objects.get(id=run_id)
    assert run.status == "finished", run.error
    return selectors.state_of(run)["nodes"]["shout"]["outputs"]


def test_a_node_runs_on_recorded_values_and_on_given_ones(world: Cast) -> None:
    app = make_app(world.workspace, echo_document())
    path = f"/apps/{app.id}/nodes/shout"
    unknown = world.call("editor", "post", f"{path}/run", {})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "node_inputs_missing")
    assert unknown.json()["details"] == {"selectors": ["start.text"]}
    first = queue_run(app, text="tea")
    until_sync(
        lambda: Run.objects.get(id=first.id).lease_expires_at is None and Run.objects.get(id=first.id).finished_at
    )

    known = world.call("viewer", "get", f"{path}/inputs").json()
    recorded = world.call("editor", "post", f"{path}/run", {})
    given = world.call("editor", "post", f"{path}/run", {"inputs": {"start.text": "milk"}})

    assert known == {"items": [{"selector": "start.text", "value": "tea", "known": True}], "run_id": str(first.id)}
    assert (recorded.status_code, _outputs(recorded.json()["id"])) == (202, {"output": "TEA"})
    assert _outputs(given.json()["id"]) == {"output": "MILK"}
    assert world.call("viewer", "get", f"{path}/inputs").json() == known


def test_what_cannot_run_by_itself_is_refused(world: Cast) -> None:
    app = make_app(world.workspace, echo_document())

    answers = [
        world.call("editor", "post", f"/apps/{app.id}/nodes/{node_id}/run", {}) for node_id in ("start", "nobody")
    ]
    refused = world.call("viewer", "post", f"/apps/{app.id}/nodes/shout/run", {"inputs": {"start.text": "a"}})

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (422, "node_not_runnable"),
        (404, "not_found"),
    ]
    assert (refused.status_code, Run.objects.count()) == (403, 0)
