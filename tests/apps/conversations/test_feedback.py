"""A disliked answer, or a passage that should have been found, becomes a question of the datasets' test sets."""

from __future__ import annotations

from typing import Any

import pytest

from apps.conversations.models import Conversation, Message
from apps.conversations.services import rate_message
from apps.knowledge.evaluation import cases
from apps.knowledge.models import Case, Chunk, Dataset, Document, ExternalService, Permission
from tests.apps.runs.graphs import chat_document, make_app, queue_run
from tests.cast import ROLES, Cast
from tests.factories import make_dataset

QUESTION = "How many days off?"


@pytest.fixture
def open_(cast: Cast) -> Dataset:
    return make_dataset(cast.workspace, name="Open")


@pytest.fixture
def own(cast: Cast) -> Dataset:
    return make_dataset(cast.workspace, name="Own", permission=Permission.ONLY_ME, created_by=cast.owner.user)


@pytest.fixture
def message(cast: Cast, open_: Dataset, own: Dataset) -> Message:
    """Of a run that could search both, and one that a service elsewhere holds."""
    service = ExternalService.objects.create(workspace=cast.workspace, name="Far", endpoint="http://127.0.0.1:9")
    far = make_dataset(cast.workspace, name="Far", external_service=service)
    conversation = Conversation.objects.create(
        app=make_app(cast.workspace, chat_document()), audience="site", end_user="u"
    )
    run = queue_run(conversation.app, query=QUESTION)
    run.dataset_ids = [str(each.id) for each in (open_, own, far)]
    run.save(update_fields=["dataset_ids"])
    return Message.objects.create(conversation=conversation, run=run, position=1, query=QUESTION)


def _cases() -> list[tuple[str, str, str, bool, list[Any]]]:
    rows = Case.objects.order_by("dataset__name").values_list(
        "dataset__name", "question", "source", "is_enabled", "expected"
    )
    return list(rows)


def _waiting(*names: str) -> list[tuple[str, str, str, bool, list[Any]]]:
    return [(name, QUESTION, "feedback", False, []) for name in names]


def test_a_disliked_answer_is_a_question_to_be_judged(message: Message) -> None:
    rate_message(message, rating="like")
    assert _cases() == []

    rate_message(message, rating="dislike", content="wrong")
    rate_message(message, rating="dislike")
    rate_message(message, rating=None)

    assert _cases() == _waiting("Open", "Own")
    assert list(cases.measured_cases(Case.objects.all()[0].dataset_id)) == []


def test_so_many_wait_and_no_more(message: Message, own: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    Case.objects.create(dataset=own, question="Another?", source="feedback", is_enabled=False)
    monkeypatch.setattr(cases, "MAX_WAITING", 1)
    rate_message(message, rating="dislike")
    assert [row[:2] for row in _cases()] == [("Open", QUESTION), ("Own", "Another?")]

    Case.objects.all().delete()
    monkeypatch.setattr(cases, "MAX_CASES", 0)
    rate_message(message, rating="dislike")
    Message.objects.update(query="x" * (cases.MAX_QUESTION + 1))
    message.refresh_from_db()
    monkeypatch.setattr(cases, "MAX_CASES", 5)
    rate_message(message, rating="dislike")
    assert _cases() == []


def test_a_member_suggests_it_for_what_he_sees(cast: Cast, message: Message) -> None:
    path = f"/messages/{message.id}/cases"
    made = cast.call("editor", "post", path, {})

    assert made.status_code == 201
    assert [(each["question"], each["source"], each["is_enabled"]) for each in made.json()["items"]] == [
        (QUESTION, "feedback", False)
    ]
    assert _cases() == _waiting("Open")
    assert cast.call("editor", "post", path, {}).json() == {"items": []}
    assert [each["dataset_id"] for each in cast.call("owner", "post", path, {}).json()["items"]] == [
        str(Dataset.objects.get(name="Own").id)
    ]


def test_the_passage_that_should_have_been_found_makes_a_case_that_counts(
    cast: Cast, message: Message, open_: Dataset, own: Dataset
) -> None:
    def chunk(dataset: Dataset) -> Chunk:
        facts = {"size_bytes": 1, "mime_type": "text/plain", "path": "", "sha256": "a"}
        document = Document.objects.create(dataset=dataset, name="a.md", **facts)
        return Chunk.objects.create(dataset=dataset, document=document, position=0, content="Thirty days.")

    path = f"/messages/{message.id}/cases"
    cast.call("editor", "post", path, {})
    found = chunk(open_)
    [case] = cast.call("editor", "post", path, {"chunk_id": str(found.id)}).json()["items"]

    expected = [{"document_id": str(found.document_id), "quote": "Thirty days.", "grade": 1}]
    assert [(each["document_name"], each["quote"]) for each in case["expected"]] == [("a.md", "Thirty days.")]
    assert _cases() == [("Open", QUESTION, "feedback", True, expected)]
    hidden = cast.call("editor", "post", path, {"chunk_id": str(chunk(own).id)})
    assert (hidden.status_code, hidden.json()["code"]) == (404, "not_found")
    assert _cases() == [("Open", QUESTION, "feedback", True, expected)]


@pytest.mark.parametrize(("who", "status"), list(zip(ROLES, (201, 201, 403, 404, 401), strict=True)))
def test_who_may_suggest(cast: Cast, message: Message, who: str, status: int) -> None:
    assert cast.call(who, "post", f"/messages/{message.id}/cases", {}).status_code == status
    assert Case.objects.exists() is (status == 201)


def test_messages_tell_what_was_thought_of_them_and_what_was_searched(
    cast: Cast, message: Message, open_: Dataset
) -> None:
    path = f"/conversations/{message.conversation_id}/messages"
    rate_message(message, rating="dislike", content="wrong")

    [seen] = cast.call("editor", "get", path).json()["items"]

    assert seen["feedback"] == {"rating": "dislike", "content": "wrong"}
    assert [each["name"] for each in seen["datasets"]] == ["Open", "Far"]
    assert seen["datasets"][0] == {"id": str(open_.id), "name": "Open"}
    rate_message(message, rating=None)
    assert cast.call("editor", "get", path).json()["items"][0]["feedback"] is None
