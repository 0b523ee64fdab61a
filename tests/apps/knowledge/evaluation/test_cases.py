"""Cases over HTTP: by hand, from a passage, from the log, from files."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.knowledge.evaluation import cases
from apps.knowledge.models import Case, Chunk, Dataset, Query
from tests.apps.knowledge.evaluation.library import add_case, chunk_with, document_named
from tests.cast import Cast


def send(cast: Cast, dataset: Dataset, *files: tuple[str, bytes]) -> Any:
    data = {"file": [SimpleUploadedFile(name, content) for name, content in files]}
    return cast.client("editor").post(f"/api/v1/datasets/{dataset.id}/cases/import", data)


def test_a_case_from_the_passage_that_should_have_been_found(cast: Cast, library: Dataset) -> None:
    chunk = chunk_with(library, "forty euro")
    body = {"question": "How much may lunch be?", "expected": [{"chunk_id": str(chunk.id)}]}

    made = cast.call("editor", "POST", f"/datasets/{library.id}/cases", body)

    assert made.status_code == 201
    case = made.json()
    assert case == {
        "id": case["id"],
        "dataset_id": str(library.id),
        "question": "How much may lunch be?",
        "expected": [
            {
                "document_id": str(chunk.document_id),
                "document_name": "money.md",
                "quote": "A meal may cost forty euro.",
                "grade": 1,
            }
        ],
        "source": "hand",
        "is_enabled": True,
        "last": None,
        "created_at": case["created_at"],
        "updated_at": case["updated_at"],
    }
    # the case outlives the chunk: it names the document and the words
    Chunk.objects.filter(id=chunk.id).delete()
    assert cast.call("viewer", "GET", f"/datasets/{library.id}/cases").json() == {"items": [case], "next": None}


def test_expecting_a_second_passage_adds_to_the_case(cast: Cast, library: Dataset) -> None:
    for text in ("forty euro", "Receipts", "forty euro"):
        body = {"question": " What about money? ", "chunk_id": str(chunk_with(library, text).id)}
        assert cast.call("editor", "POST", f"/datasets/{library.id}/cases/expect", body).status_code == 200

    case = Case.objects.get()
    assert [each["quote"] for each in case.expected] == [
        "A meal may cost forty euro.",
        "Receipts are handed in within thirty days.",
    ]


@pytest.mark.parametrize(
    ("expected", "code"),
    [
        ({"chunk_id": str(uuid.UUID(int=1))}, "chunk_unknown"),
        ({"document_id": str(uuid.UUID(int=1))}, "document_unknown"),
        ({}, "invalid"),
    ],
)
def test_what_is_not_in_the_dataset_is_refused(
    cast: Cast, library: Dataset, expected: dict[str, str], code: str
) -> None:
    body = {"question": "What?", "expected": [expected]}

    answer = cast.call("editor", "POST", f"/datasets/{library.id}/cases", body)

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert not Case.objects.exists()


def test_a_quote_has_to_stand_in_its_document(cast: Cast, library: Dataset) -> None:
    document = document_named(library, "travel.md")
    path, question = f"/datasets/{library.id}/cases", "When?"
    wrong = {"question": question, "expected": [{"document_id": str(document.id), "quote": "forty euro"}]}
    right = {"question": question, "expected": [{"document_id": str(document.id), "quote": "TWO weeks\nahead"}]}
    whole = {"question": question, "expected": [{"document_id": str(document.id)}]}

    refused = cast.call("editor", "POST", path, wrong)

    assert (refused.status_code, refused.json()["code"]) == (422, "quote_not_found")
    assert refused.json()["message"].startswith("travel.md has no such text: 'forty euro'.")
    assert [cast.call("editor", "POST", path, each).status_code for each in (right, whole)] == [201, 201]


def test_a_case_is_changed_and_switched(cast: Cast, library: Dataset) -> None:
    case = add_case(library, "When?", "two weeks")
    chunk = chunk_with(library, "First class")

    moved = cast.call("editor", "PATCH", f"/cases/{case.id}", {"expected": [{"chunk_id": str(chunk.id)}]}).json()
    off = cast.call("editor", "PATCH", f"/cases/{case.id}", {"is_enabled": False, "question": "Who?"}).json()
    empty = cast.call("editor", "PATCH", f"/cases/{case.id}", {"expected": [], "is_enabled": True}).json()

    assert moved["expected"][0]["quote"] == "First class is for long journeys."
    assert (off["question"], off["is_enabled"]) == ("Who?", False)
    assert (empty["expected"], empty["is_enabled"]) == ([], False)
    assert cast.call("editor", "DELETE", f"/cases/{case.id}").status_code == 204
    assert not Case.objects.exists()


def test_logged_questions_become_cases_to_be_judged(cast: Cast, library: Dataset) -> None:
    add_case(library, "known", "two weeks")
    rows = [
        Query.objects.create(dataset=library, text=text, origin="app", hit_count=count, top_score=0.5, elapsed_ms=7)
        for text, count in (("new one", 0), ("known", 3), ("new one ", 2), ("  ", 0))
    ]
    ids = [str(row.id) for row in rows]

    shown = cast.call("viewer", "GET", f"/datasets/{library.id}/queries").json()["items"]
    unanswered = cast.call("viewer", "GET", f"/datasets/{library.id}/queries?unanswered=true&text=NEW").json()["items"]
    made = cast.call("editor", "POST", f"/datasets/{library.id}/cases/from-log", {"ids": ids})
    again = cast.call("editor", "POST", f"/datasets/{library.id}/cases/from-log", {"ids": ids})

    assert shown[2] == {
        "id": ids[1],
        "text": "known",
        "origin": "app",
        "top_score": 0.5,
        "hit_count": 3,
        "elapsed_ms": 7,
        "has_case": True,
        "created_at": shown[2]["created_at"],
    }
    assert [each["text"] for each in unanswered] == ["new one"]
    [case] = made.json()["items"]
    assert (case["question"], case["source"], case["expected"], case["is_enabled"]) == ("new one", "log", [], False)
    assert again.json() == {"items": []}

    chunk = chunk_with(library, "calendar")
    judged = cast.call("editor", "PATCH", f"/cases/{case['id']}", {"expected": [{"chunk_id": str(chunk.id)}]}).json()
    assert judged["is_enabled"] is True


def test_a_test_set_goes_out_and_comes_in_again(cast: Cast, library: Dataset) -> None:
    add_case(library, "When are trains booked?", "two weeks")
    add_case(library, "=1+1 假期?", name="leave.md")
    add_case(library, "To be judged", "two weeks", expected=[], is_enabled=False)
    before = [(each.question, each.expected, each.is_enabled) for each in Case.objects.order_by("question")]

    for form, name in (("csv", "cases.csv"), ("questions", "cases.jsonl")):
        answer = cast.client("viewer").get(f"/api/v1/datasets/{library.id}/cases/export?form={form}")
        Case.objects.all().delete()
        report = send(cast, library, (name, answer.content)).json()
        assert report == {"added": 3, "updated": 0, "unchanged": 0, "skipped": 0, "skipped_rows": []}
        assert [(each.question, each.expected, each.is_enabled) for each in Case.objects.order_by("question")] == before
        assert send(cast, library, (name, answer.content)).json()["unchanged"] == 3


def test_ragbenchs_files_are_matched_by_name(cast: Cast, library: Dataset) -> None:
    add_case(library, "When?", "two weeks")
    queries = (
        b'{"id": "1", "text": "When?"}\n{"id": "2", "text": "Nowhere?"}\n{"id": "3", "text": ""}\n'
        b'{"id": "4", "text": "When?"}\n'
    )
    qrels = b"1\ttravel\t2\n4\tfolder/leave.md\t1\n2\tmissing\t1\n"

    report = send(cast, library, ("queries.jsonl", queries), ("qrels.tsv", qrels)).json()

    assert report["updated"] == 1
    assert [(each["line"], each["code"]) for each in report["skipped_rows"]] == [
        (2, "document_unknown"),
        (3, "question_invalid"),
    ]
    case = Case.objects.get()
    names = {str(document_named(library, name).id): name for name in ("travel.md", "leave.md")}
    assert [(names[each["document_id"]], each["quote"], each["grade"]) for each in case.expected] == [
        ("travel.md", "", 2),
        ("leave.md", "", 1),
    ]


def test_a_file_that_cannot_be_read_changes_nothing(cast: Cast, library: Dataset) -> None:
    answer = send(cast, library, ("cases.csv", b"\xff\xfe\x00"))

    assert (answer.status_code, answer.json()["code"]) == (422, "test_set_unreadable")
    assert send(cast, library).json()["code"] == "file_missing"
    assert not Case.objects.exists()


def test_a_test_set_is_bounded(cast: Cast, library: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "MAX_CASES", 1)
    data = b"question,document\na,travel.md\nb,travel.md\n"

    assert send(cast, library, ("cases.csv", data)).json()["code"] == "cases_too_many"
    assert not Case.objects.exists()


READS = [
    "/datasets/{dataset}/cases",
    "/datasets/{dataset}/cases/export",
    "/datasets/{dataset}/queries",
    "/cases/{case}",
]


@pytest.mark.parametrize(
    ("who", "status"), [("owner", 200), ("editor", 200), ("viewer", 200), ("stranger", 404), ("nobody", 401)]
)
def test_who_may_read_cases(cast: Cast, library: Dataset, who: str, status: int) -> None:
    case = add_case(library, "When?", "two weeks")

    for path in READS:
        assert cast.call(who, "GET", path.format(dataset=library.id, case=case.id)).status_code == status


@pytest.mark.parametrize(("who", "status"), [("viewer", 403), ("stranger", 404), ("nobody", 401)])
def test_who_may_not_write_cases(cast: Cast, library: Dataset, who: str, status: int) -> None:
    case = add_case(library, "When?", "two weeks")
    query = Query.objects.create(dataset=library, text="asked", origin="app")
    chunk = str(chunk_with(library, "calendar").id)
    base = f"/datasets/{library.id}"

    answers = [
        cast.call(who, "POST", f"{base}/cases", {"question": "x", "expected": [{"chunk_id": chunk}]}),
        cast.call(who, "POST", f"{base}/cases/expect", {"question": "x", "chunk_id": chunk}),
        cast.call(who, "POST", f"{base}/cases/delete", {"ids": [str(case.id)]}),
        cast.call(who, "POST", f"{base}/cases/from-log", {"ids": [str(query.id)]}),
        cast.call(who, "POST", f"{base}/cases/generate", {"provider": "acme", "model": "fake-chat"}),
        cast.call(who, "PATCH", f"/cases/{case.id}", {"question": "changed"}),
        cast.call(who, "DELETE", f"/cases/{case.id}"),
        cast.call(who, "DELETE", f"{base}/queries"),
        cast.client(who).post(
            f"/api/v1{base}/cases/import", {"file": SimpleUploadedFile("a.csv", b"question,document\nq,travel.md\n")}
        ),
    ]

    assert [answer.status_code for answer in answers] == [status] * len(answers)
    assert list(Case.objects.values_list("question", flat=True)) == ["When?"]
    assert Query.objects.count() == 1
