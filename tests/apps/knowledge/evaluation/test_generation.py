"""Cases that a scripted model writes from passages, and what becomes of its bad answers and of killed workers."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from apps.knowledge import model_json
from apps.knowledge.evaluation import generation, questions, runs
from apps.knowledge.models import Case, Dataset, Evaluation
from tests.apps.knowledge.evaluation.library import add_document
from tests.cast import Cast
from tests.factories import make_provider
from tests.fakes.openai_server import FakeOpenAI


@pytest.fixture
def asked(cast: Cast, library: Dataset, server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> FakeOpenAI:
    """A provider whose model answers as the test says; short passages are good enough."""
    make_provider(cast.workspace, server.base_url)
    monkeypatch.setattr(questions, "MIN_PASSAGE", 10)
    server.reply = lambda body: [reply_to(body["messages"][-1]["content"])]
    return server


def reply_to(passage: str) -> str:
    words = passage.split()
    return (
        "Sure! ```json\n" + json.dumps({"question": f"Was {words[0]} 可以吗?", "quote": " ".join(words[:3])}) + "\n```"
    )


def start(cast: Cast, dataset: Dataset, count: int = 4, **over: Any) -> dict[str, Any]:
    body = {"provider": "acme", "model": "fake-chat", "count": count, **over}
    answer = cast.call("editor", "POST", f"/datasets/{dataset.id}/cases/generate", body)
    assert answer.status_code == 202, answer.json()
    shown: dict[str, Any] = answer.json()
    return shown


def test_a_model_writes_cases_spread_over_the_documents(cast: Cast, library: Dataset, asked: FakeOpenAI) -> None:
    waiting = start(cast, library, count=3)
    assert (waiting["kind"], waiting["status"], waiting["total"]) == ("generate", "waiting", 3)

    runs.execute(UUID(waiting["id"]))

    shown = cast.call("viewer", "GET", f"/evaluations/{waiting['id']}").json()
    assert (shown["status"], shown["result"]) == ("done", {"made": 3})
    cases = list(Case.objects.all())
    assert {case.source for case in cases} == {"model"}
    # one from each document before a second from any
    assert len({case.expected[0]["document_id"] for case in cases}) == 3
    assert all(case.is_enabled and case.expected[0]["quote"] for case in cases)
    assert len(asked.requests) == 3


def test_bad_answers_are_counted_and_the_rest_is_made_up_for(cast: Cast, library: Dataset, asked: FakeOpenAI) -> None:
    bad = iter(["no JSON at all", '{"question": null}', '{"question": "What does this text say?", "quote": "x"}'])
    asked.reply = lambda body: [next(bad, None) or reply_to(body["messages"][-1]["content"])]

    waiting = start(cast, library, count=2)
    runs.execute(UUID(waiting["id"]))

    row = Evaluation.objects.get()
    assert row.result == {"made": 2, "unreadable": 1, "none": 1, "about_the_text": 1}
    assert Case.objects.count() == 2


def test_a_model_that_never_writes_a_question_comes_to_an_end(cast: Cast, library: Dataset, asked: FakeOpenAI) -> None:
    asked.reply = lambda body: ['{"question": null}']

    runs.execute(UUID(start(cast, library, count=1)["id"]))

    assert Evaluation.objects.get().result == {"made": 0, "none": generation._TRIES}
    assert not Case.objects.exists()


def test_a_model_that_does_not_answer_ends_it(cast: Cast, library: Dataset, asked: FakeOpenAI) -> None:
    asked.mode = "unauthorized"

    waiting = start(cast, library)
    runs.execute(UUID(waiting["id"]))

    shown = cast.call("viewer", "GET", f"/evaluations/{waiting['id']}").json()
    assert (shown["status"], shown["error"]["code"], shown["result"]) == ("failed", "model_auth_failed", None)


def test_a_killed_workers_passages_are_not_asked_again(
    cast: Cast, library: Dataset, asked: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generation, "_AT_ONCE", 1)
    waiting = start(cast, library, count=4)
    ask, calls = model_json.ask, 0

    async def dying(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise SystemExit
        return await ask(*args, **kwargs)

    monkeypatch.setattr(model_json, "ask", dying)
    with pytest.raises(SystemExit):
        runs.execute(UUID(waiting["id"]))
    assert (Case.objects.count(), Evaluation.objects.get().done) == (2, 2)

    Evaluation.objects.update(lease_expires_at=timezone.now())
    runs.execute(UUID(waiting["id"]))

    assert Evaluation.objects.get().result == {"made": 4}
    assert (Case.objects.count(), len({body["messages"][-1]["content"] for body in asked.requests})) == (4, 4)


def test_there_must_be_something_to_ask_about(cast: Cast, library: Dataset, asked: FakeOpenAI) -> None:
    library.documents.all().delete()
    add_document(library, "off.md", ["A passage that is switched off."], is_enabled=False)

    runs.execute(UUID(start(cast, library)["id"]))

    assert Evaluation.objects.get().error_code == "evaluation_no_passages"
    assert asked.requests == []
