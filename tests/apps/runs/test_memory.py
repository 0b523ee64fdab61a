"""What outlives a run: conversation variables, applied once; large values, kept apart; versions that a graph calls."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections, transaction
from django.utils import timezone

from apps.accounts.services import workspace_actor
from apps.conversations.models import Conversation, Message
from apps.conversations.services import Question, begin_turn
from apps.runs import blobs, dispatch, forgetting, selectors, services, variables
from apps.runs.executor import Executor
from apps.runs.models import Blob, ConversationVariable, Run, Source
from apps.studio import budgets
from apps.studio.graphs import document, edges, node
from apps.studio.models import App
from apps.studio.publication import publish
from tests.apps.runs.graphs import echo_document, make_app
from tests.factories import make_workspace
from tests.waiting import until_sync
from weft.http import storage


@pytest.fixture(autouse=True)
def _dispatched(executor: Executor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "execute", lambda run_ids: [executor.take(str(run_id)) for run_id in run_ids])


def _counting() -> dict[str, Any]:
    """A chat that counts and collects what it was asked, and fails when asked to."""
    items = [
        {"target": ["conversation", "count"], "operation": "+=", "source": "constant", "value": 1},
        {"target": ["conversation", "asked"], "operation": "append", "source": "variable", "value": ["sys", "query"]},
    ]
    code = {
        "code": "def main(q):\n    return {'n': 1 / (0 if q == 'fail' else 1)}",
        "outputs": {"n": {"type": "number"}},
    }
    nodes = [
        node("start", "start", "Start", {"variables": []}, at=(0, 0)),
        node("set", "assigner", "Set", {"items": items}, at=(1, 0)),
        node("risk", "code", "Risk", {**code, "inputs": [{"name": "q", "selector": ["sys", "query"]}]}, at=(2, 0)),
        node("answer", "answer", "Reply", {"answer": "{{#conversation.count#}}"}, at=(3, 0)),
    ]
    graph = document("chat", nodes, edges("start", "set", "risk", "answer"))
    graph["variables"]["conversation"] = [
        {"name": "count", "type": "number", "value": 0, "description": "How often"},
        {"name": "asked", "type": "array[string]", "value": []},
    ]
    return graph


def _ask(app: App, conversation_id: Any, query: str) -> Run:
    given = {"query": query}
    return services.start_run(
        app, document=app.draft.document, inputs=given, source=Source.EDITOR, conversation_id=conversation_id
    )


def _ended(run: Run) -> Run:
    until_sync(lambda: Run.objects.filter(id=run.id, finished_at__isnull=False, lease_expires_at=None).exists())
    return Run.objects.get(id=run.id)


def _values(conversation_id: Any) -> dict[str, Any]:
    return {row.name: variables.value_of(row) for row in variables.variables_of(conversation_id)}


def test_a_conversation_remembers_also_what_failed_runs_wrote() -> None:
    app, mine, other = make_app(make_workspace(), _counting()), uuid4(), uuid4()

    answers = [_ended(_ask(app, mine, query)) for query in ("one", "fail", "two")]

    assert [(run.status, run.answer) for run in answers] == [("finished", "1"), ("failed", "2"), ("finished", "3")]
    assert _values(mine) == {"count": 3, "asked": ["one", "fail", "two"]}
    assert _ended(_ask(app, other, "x")).answer == "1"


def test_writes_are_applied_once_however_often_that_is_tried() -> None:
    app, conversation = make_app(make_workspace(), _counting()), uuid4()
    run = _ended(_ask(app, conversation, "one"))

    variables.apply_writes(run)
    Run.objects.get(id=run.id)
    variables.apply_writes(Run.objects.get(id=run.id))

    assert _values(conversation) == {"count": 1, "asked": ["one"]}


def test_runs_of_one_conversation_side_by_side_lose_nothing_of_each_other() -> None:
    app, conversation = make_app(make_workspace(), _counting()), uuid4()
    runs: list[Run] = []

    def ask(i: int) -> None:
        try:
            runs.append(_ask(app, conversation, f"q{i}"))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for run in runs:
        _ended(run)

    values = _values(conversation)
    assert (values["count"], sorted(values["asked"])) == (6, [f"q{i}" for i in range(6)])


def test_new_variables_begin_with_their_defaults_and_retyped_ones_again() -> None:
    app, conversation = make_app(make_workspace(), _counting()), uuid4()
    _ended(_ask(app, conversation, "one"))
    graph = app.draft.document
    graph["variables"]["conversation"] = [
        {"name": "count", "type": "string", "value": "none"},
        {"name": "asked", "type": "array[string]", "value": []},
        {"name": "mood", "type": "string", "value": "good"},
    ]

    with transaction.atomic():
        values = variables.remembered(app, conversation, graph)

    assert values == {"count": "none", "asked": ["one"], "mood": "good"}
    assert ConversationVariable.objects.get(conversation_id=conversation, name="mood").type == "string"


def _large() -> dict[str, Any]:
    code = {"code": "def main():\n    return {'big': 'x' * 400000}", "outputs": {"big": {"type": "string"}}}
    nodes = [
        node("start", "start", "Start", {"variables": []}, at=(0, 0)),
        node("make", "code", "Make", {**code, "inputs": []}, at=(1, 0)),
        node("end", "end", "End", {"outputs": [{"name": "big", "selector": ["make", "big"]}]}, at=(2, 0)),
    ]
    return document("workflow", nodes, edges("start", "make", "end"))


def test_large_values_are_kept_apart_from_the_log_once_a_run() -> None:
    app = make_app(make_workspace(), _large())
    inputs: dict[str, Any] = {}
    run = _ended(services.start_run(app, document=app.draft.document, inputs=inputs, source=Source.EDITOR))

    assert run.status == "finished"
    assert run.outputs is not None
    reference = run.outputs["big"]
    assert reference["$blob"] == Blob.objects.get(run=run).sha256
    assert blobs.restored_all(run.id, run.outputs) == {"big": "x" * 400000}
    assert sum(len(str(event)) for event in selectors.log_of(run)) < 20_000
    with pytest.raises(KeyError):
        blobs.read(uuid4(), reference["$blob"])


def _calling(app: App, version: int | None = None) -> dict[str, Any]:
    config = {
        "app": str(app.id),
        "version": version,
        "arguments": [{"name": "text", "mode": "constant", "value": "hello"}],
    }
    nodes = [
        node("start", "start", "Start", {"variables": []}, at=(0, 0)),
        node("call", "workflow", "Call", config, at=(1, 0)),
        node("end", "end", "End", {"outputs": [{"name": "said", "selector": ["call", "result"]}]}, at=(2, 0)),
    ]
    return document("workflow", nodes, edges("start", "call", "end"))


def _publish(app: App, graph: dict[str, Any]) -> None:
    app.draft.document = graph
    app.draft.save()
    publish(workspace_actor(app.workspace), app)


def test_a_called_workflow_is_pinned_when_the_run_begins(monkeypatch: pytest.MonkeyPatch, executor: Executor) -> None:
    workspace = make_workspace()
    inner = make_app(workspace, echo_document())
    _publish(inner, inner.draft.document)
    outer = make_app(workspace, _calling(inner))
    monkeypatch.setattr(dispatch, "execute", lambda run_ids: None)
    inputs: dict[str, Any] = {}
    run = services.start_run(outer, document=outer.draft.document, inputs=inputs, source=Source.EDITOR)
    changed = echo_document()
    changed["nodes"][1]["config"]["template"] = "changed"
    _publish(inner, changed)

    executor.take(str(run.id))

    ended = _ended(run)
    assert (ended.status, ended.pins, ended.outputs) == ("finished", {str(inner.id): 1}, {"said": "HELLO"})
    late = services.start_run(outer, document=outer.draft.document, inputs=inputs, source=Source.EDITOR)
    executor.take(str(late.id))
    assert _ended(late).outputs == {"said": "changed"}


def test_another_workspaces_workflow_does_not_exist(executor: Executor) -> None:
    inner = make_app(make_workspace(), echo_document())
    _publish(inner, inner.draft.document)
    outer = make_app(make_workspace(), _calling(inner))
    inputs: dict[str, Any] = {}

    ended = _ended(services.start_run(outer, document=outer.draft.document, inputs=inputs, source=Source.EDITOR))

    assert (ended.status, ended.outputs) == ("failed", {})
    assert ended.error is not None
    assert ended.error["code"] in {"definition_invalid", "sub_workflow_missing"}


def test_the_budget_of_a_run_is_its_apps_else_its_workspaces() -> None:
    app = make_app(make_workspace(), echo_document())
    actor = workspace_actor(app.workspace)
    assert budgets.limits_of(app) is None
    budgets.set_workspace_limits(actor, {"steps": 100, "tokens": 5000})
    budgets.set_app_limits(actor, app, {"steps": 1, "cost": None})
    app.refresh_from_db()
    assert budgets.limits_of(app) == {"wall_s": None, "tokens": 5000, "cost": None, "steps": 1}

    run = services.start_run(app, document=app.draft.document, inputs={"inputs": {"text": "a"}}, source=Source.EDITOR)

    ended = _ended(run)
    assert (ended.status, (ended.error or {}).get("code")) == ("failed", "budget_exceeded")


def test_old_runs_go_with_their_values_and_only_when_asked(settings: Any) -> None:
    app = make_app(make_workspace(), _large())
    inputs: dict[str, Any] = {}
    old, new = (
        _ended(services.start_run(app, document=app.draft.document, inputs=inputs, source=Source.EDITOR))
        for _ in range(2)
    )
    path = storage.locate(Blob.objects.get(run=old).path)
    Run.objects.filter(id=old.id).update(finished_at=timezone.now() - timedelta(days=3))
    assert forgetting.forget_runs() == 0
    settings.RUN_KEEP_DAYS = 2

    assert (forgetting.forget_runs(), forgetting.forget_runs()) == (1, 0)

    assert list(Run.objects.values_list("id", flat=True)) == [new.id]
    assert path.exists()  # the newer run has the same value
    Run.objects.filter(id=new.id).update(finished_at=timezone.now() - timedelta(days=3))
    assert forgetting.forget_runs() == 1
    assert not path.exists()
    assert (Blob.objects.count(), Run.objects.count()) == (0, 0)


def test_a_conversation_goes_on_after_its_beginning_was_forgotten_and_goes_with_its_last_run(settings: Any) -> None:
    settings.RUN_KEEP_DAYS = 2
    app = make_app(make_workspace(), _counting())
    version = publish(workspace_actor(app.workspace), app)

    def ask(conversation_id: str | None = None) -> tuple[str, Run]:
        question = Question("tea", {}, "ann", conversation_id)
        turn = begin_turn(app, question, audience="api", source=Source.API, version=version)
        return turn.conversation_id, _ended(Run.objects.get(id=turn.run_id))

    def age() -> None:
        long_ago = timezone.now() - timedelta(days=3)
        Run.objects.update(finished_at=long_ago)
        Conversation.objects.update(updated_at=long_ago)
        ConversationVariable.objects.update(updated_at=long_ago)

    conversation_id, _ = ask()
    _, second = ask(conversation_id)
    Run.objects.exclude(id=second.id).update(finished_at=timezone.now() - timedelta(days=3))
    assert forgetting.forget_runs() == 1
    _, third = ask(conversation_id)

    assert third.answer == "3"
    assert list(Message.objects.order_by("position").values_list("position", flat=True)) == [2, 3]
    age()
    assert forgetting.forget_runs() == 2
    assert [rows.objects.count() for rows in (Run, Message, Conversation, ConversationVariable)] == [0, 0, 0, 0]
