"""Evaluations from their start over HTTP to what they found, through the real search."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from apps.knowledge.evaluation import leases, runs, selection, services, tasks
from apps.knowledge.evaluation.asking import Answer, ask
from apps.knowledge.leases import LeaseLost
from apps.knowledge.models import Case, Dataset, Evaluation, Outcome
from apps.knowledge.search.settings import Retrieval
from tests.apps.knowledge.evaluation.library import add_case, chunk_with, document_named
from tests.cast import Cast
from tests.factories import make_provider
from tests.fakes.openai_server import FakeOpenAI
from weft.db.aio import call_db
from weft.events import topics
from workflows.errors import RetrievalError


def start(cast: Cast, dataset: Dataset, who: str = "editor", **body: Any) -> Any:
    return cast.call(who, "POST", f"/datasets/{dataset.id}/evaluations", body)


def carried_out(cast: Cast, dataset: Dataset, **body: Any) -> dict[str, Any]:
    answer = start(cast, dataset, **body)
    assert answer.status_code == 202, answer.json()
    tasks.evaluate(answer.json()["id"])
    shown: dict[str, Any] = cast.call("viewer", "GET", f"/evaluations/{answer.json()['id']}").json()
    assert shown["result"] is not None or shown["error"] is not None, shown
    return shown


def add_cases(dataset: Dataset) -> list[Case]:
    return [
        add_case(dataset, "When are trains booked?", "two weeks"),
        add_case(dataset, "leave in the calendar", name="leave.md"),
        add_case(dataset, "How much may lunch be, in dollars?", "First class"),
        add_case(dataset, "not measured", "First class", is_enabled=False),
    ]


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


def test_a_search_says_when_there_is_too_little_to_go_by(
    cast: Cast, library: Dataset, server: FakeOpenAI, chroma_url: str
) -> None:
    make_provider(cast.workspace, server.base_url)
    # half of what a search tries asks for vectors
    Dataset.objects.filter(id=library.id).update(embedding_provider="acme", embedding_model="fake-embedding")
    add_cases(library)

    shown = carried_out(cast, library, kind="search")
    result = shown["result"]

    assert shown["error"] is None
    assert (result["verdict"], result["advised"], result["cases"]) == ("too_few_cases", 0, 3)
    assert (result["documents"], result["needed"]) == (2, {"cases": 20, "documents": 2})
    assert (result["depths"]["advised"], result["thresholds"]["advised"]) == (None, None)
    assert len(result["variants"]) == len(Evaluation.objects.get().settings["variants"])

    before = Dataset.objects.values("retrieval", "revision").get(id=library.id)
    refused = cast.call("editor", "POST", f"/evaluations/{shown['id']}/apply", {})

    assert (refused.status_code, refused.json()["code"]) == (409, "evaluation_nothing_advised")
    assert Dataset.objects.values("retrieval", "revision").get(id=library.id) == before


def test_a_search_finds_a_better_setting_and_it_is_applied(
    cast: Cast, library: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "MIN_CASES", 3)
    library.retrieval = {"method": "lexical", "top_k": 2, "threshold": 0.5}
    library.save()
    for number in range(12):
        add_case(library, f"question {number}", name=("travel.md", "money.md", "leave.md")[number % 3])

    async def better_with_rrf(workspace_id: UUID, dataset_id: UUID, question: str, setting: Retrieval) -> Answer:
        answer = await ask(workspace_id, dataset_id, "trains receipts leave", Retrieval(method="lexical", top_k=10))
        case = await call_db(Case.objects.get, question=question)
        wanted = UUID(case.expected[0]["document_id"])
        answer.seen.sort(key=lambda seen: (seen.document_id == wanted) != (setting.fusion == "rrf"))
        return answer

    monkeypatch.setattr(runs, "ask", better_with_rrf)
    shown = carried_out(cast, library, kind="search")
    result = shown["result"]

    assert (result["verdict"], result["folds"]) == ("gain", [result["advised"]] * 3)
    assert result["gain"]["low"] > 0
    assert shown["settings"]["variants"][result["advised"]]["changes"] == {"fusion": "rrf", "method": "hybrid"}
    assert result["depths"]["advised"] == 1

    applied = cast.call("editor", "POST", f"/evaluations/{shown['id']}/apply", {"changes": {"top_k": 3}})

    assert applied.status_code == 200
    retrieval = applied.json()["retrieval"]
    assert {name: retrieval[name] for name in ("method", "fusion", "top_k", "threshold")} == {
        "method": "hybrid",
        "fusion": "rrf",
        "top_k": 3,
        "threshold": 0.5,
    }
    assert applied.json()["revision"] == library.revision + 1


def test_what_has_not_ended_well_is_not_applied(cast: Cast, library: Dataset) -> None:
    add_cases(library)
    evaluation_id = start(cast, library).json()["id"]
    early = cast.call("editor", "POST", f"/evaluations/{evaluation_id}/apply", {})
    tasks.evaluate(evaluation_id)
    other = cast.call("editor", "POST", f"/evaluations/{evaluation_id}/apply", {"variant": 7})

    assert (early.status_code, early.json()["code"]) == (409, "evaluation_not_done")
    assert (other.status_code, other.json()["field"]) == (422, "variant")
    assert Dataset.objects.get(id=library.id).retrieval == {"method": "lexical"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "evaluation_no_cases"),
        ({"kind": "compare"}, 422, "invalid"),
        ({"kind": "compare", "second": {}}, 422, "evaluation_same_settings"),
        ({"retrieval": {"top_k": 0}}, 422, "retrieval_setting_invalid"),
        ({"kind": "generate"}, 422, "invalid"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    cast: Cast, library: Dataset, body: dict[str, Any], status: int, code: str
) -> None:
    answer = start(cast, library, **body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Evaluation.objects.exists()


@pytest.mark.parametrize(("who", "status"), [("viewer", 403), ("stranger", 404), ("nobody", 401)])
def test_who_may_not_evaluate(cast: Cast, library: Dataset, who: str, status: int) -> None:
    add_cases(library)
    evaluation_id = start(cast, library).json()["id"]

    answers = [
        start(cast, library, who),
        *(cast.call(who, "POST", f"/evaluations/{evaluation_id}/{act}", {}) for act in ("cancel", "resume", "apply")),
        cast.call(who, "DELETE", f"/evaluations/{evaluation_id}"),
    ]

    assert [answer.status_code for answer in answers] == [status] * len(answers)
    row = Evaluation.objects.get()
    assert (row.finished_at, row.cancel_requested) == (None, False)


@pytest.mark.parametrize(("who", "status"), [("viewer", 200), ("stranger", 404), ("nobody", 401)])
def test_who_may_read_evaluations(cast: Cast, library: Dataset, who: str, status: int) -> None:
    add_cases(library)
    evaluation_id = carried_out(cast, library)["id"]

    for path in (
        f"/datasets/{library.id}/evaluations",
        f"/datasets/{library.id}/evaluations/history",
        f"/evaluations/{evaluation_id}",
        f"/evaluations/{evaluation_id}/outcomes",
        f"/evaluations/{evaluation_id}/comparison?other={evaluation_id}",
    ):
        assert cast.call(who, "GET", path).status_code == status


def test_a_deleted_evaluation_is_gone_for_its_worker(cast: Cast, library: Dataset) -> None:
    add_cases(library)
    evaluation_id = UUID(start(cast, library).json()["id"])
    token = leases.acquire(evaluation_id)
    assert token is not None

    services.delete_evaluation(cast.editor, evaluation_id)

    with pytest.raises(LeaseLost), leases.fenced(evaluation_id, token):
        pass
    assert runs.execute(evaluation_id) is False
