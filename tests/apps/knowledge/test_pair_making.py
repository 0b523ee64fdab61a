from __future__ import annotations

import json
from typing import Any

import pytest

from apps.knowledge import tasks
from apps.knowledge.chunking import Draft, Pair
from apps.knowledge.models import Chunk, Dataset, Document, Stage
from apps.knowledge.pair_making import asker
from apps.knowledge.parser_process import Stopped
from apps.knowledge.processing import Processing, checked
from apps.knowledge.services import add_text_document
from tests.cast import Cast
from tests.fakes.openai_server import FakeOpenAI
from workflows.errors import ModelError

QA = {"chunker": {"mode": "qa", "model": {"provider": "acme", "model": "fake-chat"}}}
TEXT = "Lunch is free on every day of the week, and dinner costs nine."
REPLY = {"pairs": [{"question": "Is lunch free? ", "answer": "Yes."}, {"question": "Is lunch free?", "answer": "No."}]}


def passage(text: str = TEXT) -> Draft:
    return Draft("passage", text, 0, len(text), ["Food"], 3)


def says(server: FakeOpenAI, value: Any) -> None:
    server.reply = lambda body: [value if isinstance(value, str) else json.dumps(value)]


def test_a_model_makes_pairs_once_of_the_same_passage(cast: Cast, dataset: Dataset, server: FakeOpenAI) -> None:
    says(server, REPLY)
    ask = asker(cast.workspace.id, checked(QA))
    assert ask is not None

    assert ask(passage()) == ask(passage()) == [Pair("Is lunch free?", "Yes.")]
    [request] = server.requests
    assert request["messages"][1]["content"] == f"Food\n{TEXT}"
    assert request["messages"][0]["content"].startswith("Write the questions")


def test_chinese_passages_are_asked_about_in_chinese(cast: Cast, dataset: Dataset, server: FakeOpenAI) -> None:
    says(server, {"pairs": []})
    ask = asker(cast.workspace.id, checked(QA))
    assert ask is not None

    assert ask(passage("午餐每天免费，晚餐收费九元。" * 4)) == []
    assert server.requests[0]["messages"][0]["content"].startswith("写出")


@pytest.mark.parametrize(
    "reply", [{}, {"pairs": 3}, {"pairs": [1, {"question": "Q"}, {"question": " ", "answer": "A"}]}]
)
def test_what_is_no_pair_is_left_out(cast: Cast, dataset: Dataset, server: FakeOpenAI, reply: Any) -> None:
    says(server, reply)
    ask = asker(cast.workspace.id, checked(QA))
    assert ask is not None
    assert ask(passage(f"{TEXT} {len(str(reply))}")) == []


def test_a_model_that_answers_no_json_is_an_error_and_short_lines_are_not_asked_about(
    cast: Cast, dataset: Dataset, server: FakeOpenAI
) -> None:
    says(server, "I cannot do that.")
    ask = asker(cast.workspace.id, checked(QA))
    assert ask is not None

    assert ask(passage("Food")) == []
    with pytest.raises(ModelError) as caught:
        ask(passage("Something else that is long enough to be asked about."))
    assert caught.value.code == "pairs_unreadable"


def test_a_call_is_given_up_when_that_is_wanted(cast: Cast, dataset: Dataset, server: FakeOpenAI) -> None:
    says(server, REPLY)
    ask = asker(cast.workspace.id, checked(QA), lambda: True)
    assert ask is not None
    server.mode = "hang_before_first_byte"

    with pytest.raises(Stopped):
        ask(passage("A passage that nobody has asked a model about before."))


def test_without_a_model_nothing_asks(cast: Cast) -> None:
    assert asker(cast.workspace.id, Processing()) is None
    assert asker(cast.workspace.id, checked({"chunker": {"mode": "qa"}})) is None


def test_a_document_without_pairs_becomes_the_pairs_that_a_model_makes(
    cast: Cast, dataset: Dataset, server: FakeOpenAI
) -> None:
    says(server, REPLY)
    document = add_text_document(cast.editor, dataset.id, name="food.md", text=f"# Food\n\n{TEXT}", processing=QA)

    tasks.ingest_document(str(document.id))

    assert Document.objects.get().stage == Stage.READY
    rows = Chunk.objects.values_list("kind", "content", "answer", "headings", "start", "is_indexed")
    assert list(rows) == [("pair", "Is lunch free?", "Yes.", ["Food"], None, True)]


def test_a_document_without_pairs_and_without_a_model_says_so(cast: Cast, dataset: Dataset) -> None:
    rule = {"chunker": {"mode": "qa"}}
    document = add_text_document(cast.editor, dataset.id, name="food.md", text=TEXT, processing=rule)

    tasks.ingest_document(str(document.id))

    row = Document.objects.get()
    assert (row.stage, row.error_code) == (Stage.FAILED, "pairs_missing")
