"""Evaluations from their start over HTTP to what they found, through the real search."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from apps.knowledge.evaluation import leases, runs, services, tasks
from apps.knowledge.evaluation.asking import Answer, ask
from apps.knowledge.leases import LeaseLost
from apps.knowledge.models import Dataset, Evaluation, Outcome
from apps.knowledge.search.settings import Retrieval
from tests.apps.knowledge.evaluation.library import add_case, chunk_with, document_named
from tests.apps.knowledge.evaluation.measuring import add_cases, carried_out, start
from tests.cast import Cast
from weft.db.aio import call_db
from weft.events import topics
from workflows.errors import RetrievalError


def test_a_run_from_its_start_to_its_figures(cast: Cast, library: Dataset) -> None:
    found, document, lost, _ = add_cases(library)

    waiting = start(cast, library)
    assert waiting.json()["status"] == "waiting"
    assert (waiting.json()["done"], waiting.json()["total"]) == (0, 3)
    tasks.evaluate(waiting.json()["id"])

    shown = cast.call("viewer", "GET", f"/evaluations/{waiting.json()['id']}").json()
    assert (shown["kind"], shown["reason"], shown["status"], shown["done"]) == ("run", "hand", "done", 3)
    result = shown["result"]
    assert result["cases"] == 3
    assert result["metrics"]["hit@1"] == {"mean": 0.6667, "low": 0.0, "high": 1.0}
    assert result["metrics"]["ndcg@10"]["mean"] == 0.6667
    assert (result["against"], result["alarm"], result["notes"]) == (None, None, [])

    outcomes = cast.call("viewer", "GET", f"/evaluations/{shown['id']}/outcomes").json()["items"]
    by_case = {each["case_id"]: each for each in outcomes}
    assert set(by_case) == {str(found.id), str(document.id), str(lost.id)}
    first = by_case[str(found.id)]
    assert first["found"] == [
        {
            "document_id": found.expected[0]["document_id"],
            "document_name": "travel.md",
            "quote": "two weeks",
            "grade": 1,
            "rank": 1,
        }
    ]
    assert first["hits"][0] == {
        "score": first["hits"][0]["score"],
        "relevant": True,
        "chars": 34,
        "chunk_id": str(chunk_with(library, "two weeks").id),
        "document_id": str(document_named(library, "travel.md").id),
        "document_name": "travel.md",
        "text": "Trains are booked two weeks ahead.",
    }
    assert [each["rank"] for each in by_case[str(lost.id)]["found"]] == [None]

    case = cast.call("viewer", "GET", f"/cases/{found.id}").json()
    assert case["last"] == {"evaluation_id": shown["id"], "ranks": [1], "scores": first["scores"]}


def test_an_evaluation_leaves_no_trace_in_the_log(cast: Cast, library: Dataset) -> None:
    add_cases(library)
    carried_out(cast, library)

    assert cast.call("viewer", "GET", f"/datasets/{library.id}/queries").json()["items"] == []


def test_progress_is_told_to_those_who_watch(cast: Cast, library: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(topics, "publish", lambda topic, fact: told.append((topic, fact)))
    monkeypatch.setattr(runs, "BATCH", 2)
    add_cases(library)

    carried_out(cast, library)

    facts = [(fact["type"], fact["evaluation"]["status"], fact["evaluation"]["done"]) for _, fact in told]
    assert facts == [
        ("evaluation", "waiting", 0),
        ("evaluation", "running", 2),
        ("evaluation", "running", 3),
        ("evaluation", "done", 3),
    ]
    assert {topic for topic, _ in told} == {f"dataset:{library.id}"}
    assert all("result" not in fact["evaluation"] for _, fact in told)


def test_a_killed_workers_cases_are_not_asked_again(
    cast: Cast, library: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "BATCH", 1)
    add_cases(library)
    evaluation_id = UUID(start(cast, library).json()["id"])
    asked: list[str] = []
    dies = True

    async def dying(workspace_id: UUID, dataset_id: UUID, question: str, setting: Retrieval) -> Answer:
        asked.append(question)
        if dies and len(asked) == 2:
            raise SystemExit
        return await ask(workspace_id, dataset_id, question, setting)

    monkeypatch.setattr(runs, "ask", dying)
    with pytest.raises(SystemExit):
        runs.execute(evaluation_id)
    left = Evaluation.objects.get()
    assert (left.done, left.finished_at, Outcome.objects.count()) == (1, None, 1)
    assert runs.execute(evaluation_id) is False  # its lease still lives

    Evaluation.objects.update(lease_expires_at=timezone.now())
    dies = False
    assert tasks.watch_evaluations() == 1
    assert runs.execute(evaluation_id) is True

    done = Evaluation.objects.get()
    assert (done.done, done.error_code, done.lease_token, done.attempts) == (3, "", 2, 0)
    assert (len(asked), len(set(asked))) == (4, 3)


def test_an_old_token_writes_nothing(cast: Cast, library: Dataset) -> None:
    add_cases(library)
    evaluation_id = UUID(start(cast, library).json()["id"])
    old = leases.acquire(evaluation_id)
    assert old is not None
    Evaluation.objects.update(lease_expires_at=timezone.now())
    assert leases.acquire(evaluation_id) == old + 1

    with pytest.raises(LeaseLost), leases.fenced(evaluation_id, old):
        pass
    runs.finish(evaluation_id, old, {"metrics": {}})

    assert Evaluation.objects.get().result is None


def test_a_worker_that_dies_every_time_is_not_tried_for_ever(cast: Cast, library: Dataset) -> None:
    add_cases(library)
    start(cast, library)
    Evaluation.objects.update(attempts=runs.MAX_ATTEMPTS)

    runs.execute(Evaluation.objects.get().id)

    row = Evaluation.objects.get()
    assert (row.error_code, row.result, row.finished_at is not None) == ("evaluation_crashed", None, True)


def test_they_are_worked_on_one_at_a_time(cast: Cast, library: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    add_cases(library)
    first, second, _ = (start(cast, library).json()["id"] for _ in range(3))
    sent: list[str] = []
    monkeypatch.setattr(tasks.evaluate, "delay", sent.append)

    refused = start(cast, library)
    token = leases.acquire(UUID(first))
    taken = leases.acquire(UUID(second))
    Evaluation.objects.filter(id=first).update(lease_expires_at=timezone.now())
    tasks.evaluate(first)

    assert (refused.status_code, refused.json()["code"]) == (409, "evaluations_too_many")
    assert (token, taken) == (1, None)
    assert sent == [second]


def test_a_stopped_evaluation_is_taken_up_again(cast: Cast, library: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "BATCH", 1)
    add_cases(library)
    evaluation_id = start(cast, library).json()["id"]
    stops = True

    async def stopping(workspace_id: UUID, dataset_id: UUID, question: str, setting: Retrieval) -> Answer:
        if stops and await call_db(Outcome.objects.count) == 1:
            await call_db(Evaluation.objects.update, cancel_requested=True)
        return await ask(workspace_id, dataset_id, question, setting)

    monkeypatch.setattr(runs, "ask", stopping)
    runs.execute(UUID(evaluation_id))
    stopped = cast.call("viewer", "GET", f"/evaluations/{evaluation_id}").json()
    assert (stopped["status"], stopped["done"], stopped["result"]) == ("cancelled", 1, None)
    assert stopped["error"] == {"code": "evaluation_cancelled", "message": "The evaluation was stopped."}

    stops = False
    assert cast.call("editor", "POST", f"/evaluations/{evaluation_id}/resume").json()["status"] == "waiting"
    tasks.evaluate(evaluation_id)

    assert cast.call("viewer", "GET", f"/evaluations/{evaluation_id}").json()["status"] == "done"


def test_one_that_waits_is_stopped_by_whoever_takes_it(cast: Cast, library: Dataset) -> None:
    add_cases(library)
    evaluation_id = start(cast, library).json()["id"]

    cast.call("editor", "POST", f"/evaluations/{evaluation_id}/cancel")
    tasks.evaluate(evaluation_id)

    assert cast.call("viewer", "GET", f"/evaluations/{evaluation_id}").json()["status"] == "cancelled"
    assert not Outcome.objects.exists()


def test_what_the_search_says_ends_it(cast: Cast, library: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any) -> Answer:
        raise RetrievalError("vector_store_unavailable", "The store is away.")

    monkeypatch.setattr(runs, "ask", away)
    add_cases(library)

    shown = carried_out(cast, library)

    assert (shown["status"], shown["error"]["code"]) == ("failed", "vector_store_unavailable")


def test_two_settings_on_the_same_cases(cast: Cast, library: Dataset) -> None:
    add_cases(library)
    add_case(
        library,
        "thirty days",
        "within thirty days",
        expected=[
            {"document_id": str(document_named(library, name).id), "quote": "", "grade": 1}
            for name in ("money.md", "leave.md")
        ],
    )

    shown = carried_out(cast, library, kind="compare", retrieval={}, second={"top_k": 1})

    comparison = shown["result"]["comparison"]
    assert [each["changes"] for each in shown["settings"]["variants"]] == [{}, {"top_k": 1}]
    assert comparison["cases"] == 4
    assert comparison["metrics"]["recall@10"]["before"] == 0.75
    assert comparison["metrics"]["recall@10"]["after"] == 0.625
    assert (comparison["worse_count"], comparison["better_count"]) == (1, 0)
    [worse] = comparison["worse"]
    assert (worse["question"], worse["before"]["ranks"].count(None), worse["after"]["ranks"].count(None)) == (
        "thirty days",
        0,
        1,
    )


def test_runs_stand_side_by_side_over_time(cast: Cast, library: Dataset) -> None:
    add_cases(library)
    before = carried_out(cast, library)
    narrow = carried_out(cast, library, retrieval={"top_k": 1})
    add_case(library, "forty euro", "forty euro")
    after = carried_out(cast, library)

    history = cast.call("viewer", "GET", f"/datasets/{library.id}/evaluations/history").json()["items"]
    path = f"/evaluations/{after['id']}/comparison?other="
    beside = cast.call("viewer", "GET", f"{path}{before['id']}").json()

    assert [(each["is_current"], len(each["points"]), each["retrieval"]["top_k"]) for each in history] == [
        (True, 2, 4),
        (False, 1, 1),
    ]
    assert [point["evaluation_id"] for point in history[0]["points"]] == [before["id"], after["id"]]
    assert (narrow["result"]["against"]["evaluation_id"], after["result"]["against"]["evaluation_id"]) == (
        before["id"],
        before["id"],
    )
    # the new case is in no pair
    assert (beside["cases"], beside["metrics"]["ndcg@10"]["difference"]) == (3, 0.0)


def test_a_deleted_evaluation_is_gone_for_its_worker(cast: Cast, library: Dataset) -> None:
    add_cases(library)
    evaluation_id = UUID(start(cast, library).json()["id"])
    token = leases.acquire(evaluation_id)
    assert token is not None

    services.delete_evaluation(cast.editor, evaluation_id)

    with pytest.raises(LeaseLost), leases.fenced(evaluation_id, token):
        pass
    assert runs.execute(evaluation_id) is False
