"""What models do for a search: wordings, conditions, a choice of datasets, relevance; and that it goes on without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from apps.knowledge.models import Dataset, MetadataField, MetadataType
from apps.knowledge.search import Found, Request, search
from tests.apps.knowledge.search.handbook import asking, make_document
from tests.cast import Cast
from tests.factories import make_dataset
from tests.fakes.openai_server import FakeOpenAI

MODEL = {"provider": "acme", "model": "fake-chat"}
Says = Callable[[str], str]


@pytest.fixture
def offices(cast: Cast, dataset: Dataset) -> Dataset:
    """Two documents; the scripted server makes the vectors."""
    make_document(
        dataset, "berlin.md", [("Berlin", "The office in Berlin opens at eight.")], metadata={"city": "Berlin"}
    )
    make_document(dataset, "paris.md", [("Paris", "The office in Paris opens at ten.")], metadata={"city": "Paris"})
    MetadataField.objects.create(dataset=dataset, name="city", type=MetadataType.STRING)
    return dataset


def reply(server: FakeOpenAI, says: Says) -> None:
    server.reply = lambda body: [says(body["messages"][0]["content"])]


def first(found: Found) -> str:
    return found.hits[0].place.headings[0]


def step(found: Found, name: str) -> dict[str, Any]:
    return next(each.details for each in found.funnel.steps if each.name == name)


def test_a_question_that_leans_on_the_conversation_is_rewritten(
    cast: Cast, offices: Dataset, server: FakeOpenAI
) -> None:
    reply(server, lambda prompt: "<think>hm</think>When does the office in Paris open?")
    history = [{"role": "user", "content": "Tell me of Paris."}, {"role": "assistant", "content": "A fine city."}]
    ask = asking(cast, offices)

    found = ask("When does it open?", history=history, method="lexical", questions={**MODEL, "rewrite": True})

    assert first(found) == "Paris"
    assert step(found, "questions") == {
        "question": "When does the office in Paris open?", "variants": [], "passages": [],
    }  # fmt: skip
    [request] = server.requests
    assert request["messages"][1]["content"] == (
        "user: Tell me of Paris.\nassistant: A fine city.\nLast question: When does it open?"
    )
    # nothing was said before: there is nothing to rewrite
    assert ask("When does it open?", questions={**MODEL, "rewrite": True}).funnel.notes == []
    assert len(server.requests) == 1


def test_other_wordings_and_a_made_up_answer_are_searched_for(cast: Cast, offices: Dataset, server: FakeOpenAI) -> None:
    def says(prompt: str) -> str:
        return (
            "1. Paris opening hours\n- capital of France office\n\nthird\n" if "wordings" in prompt else "Paris at ten."
        )

    reply(server, says)
    found = asking(cast, offices)("French branch?", questions={**MODEL, "variants": 2, "hyde": True}, vector_weight=0.5)

    assert first(found) == "Paris"
    assert step(found, "questions") == {
        "question": "French branch?",
        "variants": ["Paris opening hours", "capital of France office"],
        "passages": ["Paris at ten."],
    }
    assert [step(found, leg)["wordings"] for leg in ("lexical", "vector")] == [3, 4]


def test_conditions_are_read_out_of_the_question(cast: Cast, offices: Dataset, server: FakeOpenAI) -> None:
    conditions = (
        '[{"name": "city", "operator": "is", "value": "Paris"}, {"name": "mood", "operator": "is", "value": 1}]'
    )
    reply(server, lambda prompt: f'```json\n{{"logical": "and", "conditions": {conditions}}}\n```')

    found = asking(cast, offices)("Office in Paris", questions={**MODEL, "filter": True})

    assert [hit.document_name for hit in found.hits] == ["paris.md"]
    assert step(found, "filter")["by_model"] == {
        "logical": "and", "conditions": [{"name": "city", "operator": "is", "value": "Paris"}],
    }  # fmt: skip
    reply(server, lambda prompt: '{"conditions": [{"name": "city", "operator": "resembles"}]}')
    found = asking(cast, offices)("Office in Paris", questions={**MODEL, "filter": True})
    assert [note.code for note in found.funnel.notes] == ["filter_unreadable"]
    assert len(found.hits) == 2


def test_a_model_chooses_the_dataset(cast: Cast, offices: Dataset, server: FakeOpenAI) -> None:
    other = make_dataset(cast.workspace, embedding_provider="acme", embedding_model="fake-embedding")
    make_document(other, "rome.md", [("Rome", "The office in Rome opens at nine.")])
    ask = asking(cast, offices, other)
    reply(server, lambda prompt: "Number 2.")

    found = ask("When does the office open?", questions={**MODEL, "choose": True})

    assert {hit.dataset_name for hit in found.hits} == {other.name}
    assert step(found, "choice") == {"dataset_id": str(other.id), "name": other.name}
    reply(server, lambda prompt: "Neither of them.")
    found = ask("When does the office open?", questions={**MODEL, "choose": True})
    assert {hit.dataset_name for hit in found.hits} == {offices.name, other.name}
    assert [note.code for note in found.funnel.notes] == ["choice_unreadable"]


def test_a_reranker_has_the_last_word(cast: Cast, offices: Dataset, server: FakeOpenAI) -> None:
    server.relevance = lambda query, document: 0.9 if "Paris" in document else 0.125
    ask = asking(cast, offices)

    found = ask("The office in Berlin opens at eight", rerank={"provider": "acme", "model": "rerank-1"}, top_k=2)

    assert [(hit.document_name, hit.score, hit.method) for hit in found.hits] == [
        ("paris.md", 0.9, "relevance"),
        ("berlin.md", 0.125, "relevance"),
    ]
    assert (found.hits[0].scores["rerank"].rank, found.hits[0].scores["fused"].rank) == (1, 2)
    assert step(found, "rerank") == {"provider": "acme", "model": "rerank-1", "cached": False}
    one = ask("The office in Berlin opens at eight", rerank={"provider": "acme", "model": "rerank-1"}, top_k=1)
    assert [hit.document_name for hit in one.hits] == ["paris.md"]
    assert step(one, "rerank")["cached"] is True
    # the others keep their order behind those that were read
    some = ask(
        "The office in Berlin opens at eight",
        rerank={"provider": "acme", "model": "rerank-1", "candidates": 1},
        threshold=0.1,
    )
    assert [(hit.document_name, hit.score) for hit in some.hits] == [("berlin.md", 0.125), ("paris.md", 0.125)]


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"rerank": {"provider": "acme", "model": "x"}}, "rerank_failed"),
        ({"rerank": {"provider": "nobody", "model": "x"}}, "rerank_failed"),
        ({"questions": {**MODEL, "hyde": True}}, "question_model_failed"),
        ({"questions": {"hyde": True}}, "question_model_missing"),
        ({"questions": {**MODEL, "filter": True}}, "question_model_failed"),
    ],
)
def test_a_search_goes_on_without_what_fails(
    cast: Cast, offices: Dataset, server: FakeOpenAI, wanted: dict[str, Any], code: str
) -> None:
    query = "The office in Berlin opens at eight"
    plain = asking(cast, offices)(query, method="lexical")
    server.mode = "error_500"

    found = asking(cast, offices)(query, method="lexical", **wanted)

    assert [note.code for note in found.funnel.notes] == [code]
    assert [hit.chunk_id for hit in found.hits] == [hit.chunk_id for hit in plain.hits]


def test_hybrid_search_goes_on_with_words_when_vectors_cannot_be_had(
    cast: Cast, offices: Dataset, server: FakeOpenAI
) -> None:
    server.mode = "unauthorized"
    ask = asking(cast, offices)
    found = ask("office in Berlin", vector_weight=0.5)
    assert first(found) == "Berlin"
    assert {note.code for note in found.funnel.notes} == {"reading_unknown", "vector_leg_failed"}
    request = Request(query="office in Berlin", dataset_ids=[str(offices.id)], settings={"method": "vector"})
    with pytest.raises(Exception, match="API key"):
        search(cast.workspace.id, request)
