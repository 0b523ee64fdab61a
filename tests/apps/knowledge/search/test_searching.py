"""Searching with the built-in embedding model, in English and Chinese."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from apps.knowledge import index
from apps.knowledge.metadata import Condition, Filter
from apps.knowledge.models import Chunk, ChunkKind, Dataset, Document
from apps.knowledge.search import Found, Request, search
from tests.apps.knowledge.search.handbook import ENGLISH, Ask, make_chunk, make_document, put
from tests.cast import Cast
from tests.factories import make_dataset
from weft.http.errors import WeftError
from workflows.errors import RetrievalError
from workflows.tokens import estimate_tokens


def headings(found: Found) -> list[str]:
    return [hit.place.headings[0] for hit in found.hits]


def test_questions_find_their_passage(ask: Ask) -> None:
    questions = {
        "How much vacation do I get?": ("english.md", ["Holidays"], "fused"),
        "When do I have to submit my bills?": ("english.md", ["Expenses"], "fused"),
        "May I take first class on the railway?": ("english.md", ["Travel"], "fused"),
        "发票什么时候提交？": ("chinese.md", ["报销"], "terms"),
        "我每年有多少天年假？": ("chinese.md", ["假期"], "terms"),
        "火車票要提前多久訂？": ("chinese.md", ["差旅"], "terms"),
    }
    found = {query: ask(query, top_k=1).hits[0] for query in questions}
    assert {query: (hit.document_name, hit.place.headings, hit.method) for query, hit in found.items()} == questions


def test_what_a_hit_carries(ask: Ask, handbook: Dataset) -> None:
    [hit] = ask("How much vacation do I get?", top_k=1).hits
    chunk = Chunk.objects.get(content__startswith="Everyone")
    assert (hit.chunk_id, hit.document_name, hit.dataset_name) == (chunk.id, "english.md", "Handbook")
    assert (hit.place.position, hit.place.start, hit.place.end) == (2, chunk.start, chunk.end)
    assert (hit.content, hit.kind, hit.metadata) == (chunk.content, "passage", {"language": "en", "year": 2024})
    assert hit.scores["vector"].rank == 1
    assert 0.3 < hit.scores["vector"].score < 0.7
    assert 0 < hit.score <= 1


def test_the_score_of_each_method(ask: Ask) -> None:
    query = "Receipts are handed in within thirty days."
    by_vector, by_terms, fused, rrf = (
        ask(query, method="vector"),
        ask(query, method="lexical"),
        ask(query),
        ask(query, fusion="rrf"),
    )
    for found, method in ((by_vector, "cosine"), (by_terms, "terms"), (fused, "fused"), (rrf, "fused")):
        assert {hit.method for hit in found.hits} == {method}
        assert found.hits[0].place.headings == ["Expenses"]
        scores = [hit.score for hit in found.hits]
        assert scores == sorted(scores, reverse=True)
    assert by_vector.hits[0].score == pytest.approx(by_vector.hits[0].scores["vector"].score, abs=1e-3)
    # every term of the question is in the passage
    assert by_terms.hits[0].score == 1.0
    assert all(hit.scores.keys() == {"lexical", "fused"} for hit in by_terms.hits)


def test_a_question_without_an_answer_scores_low_and_a_threshold_drops_it(ask: Ask) -> None:
    nonsense = "Quantum chromodynamics of gluon plasma"
    assert all(hit.score < 0.3 for hit in ask(nonsense).hits)
    assert ask(nonsense, threshold=0.3).hits == []
    found = ask("Leave is asked for in the calendar.", threshold=0.5)
    assert headings(found)[0] == "Holidays"
    assert all(hit.score >= 0.5 for hit in found.hits)


def test_chinese_is_searched_by_words_with_a_model_that_cannot_read_it(ask: Ask) -> None:
    found = ask("发票什么时候提交？")
    fusion = next(step for step in found.funnel.steps if step.name == "fusion")
    [weight] = fusion.details["weights"]
    assert (weight["script"], weight["vector_weight"], weight["why"], weight["of"]) == ("cjk", 0.0, "read", 10)
    assert [step.name for step in found.funnel.steps] == ["lexical", "live", "fusion", "merge", "top_k"]


def test_what_was_set_is_done_and_a_warning_given(ask: Ask) -> None:
    found = ask("发票什么时候提交？", vector_weight=0.7)
    assert [note.code for note in found.funnel.notes] == ["weight_against_reading"]
    assert {step.name for step in found.funnel.steps} >= {"lexical", "vector"}


def test_switched_off_passages_and_documents_never_show(ask: Ask, handbook: Dataset) -> None:
    query = "Everyone has thirty days of leave a year."
    assert headings(ask(query))[0] == "Holidays"
    Chunk.objects.filter(headings=["Holidays"]).update(is_enabled=False)
    assert "Holidays" not in headings(ask(query))
    Document.objects.filter(name="english.md").update(is_archived=True)
    assert {hit.document_name for hit in ask(query).hits} <= {"chinese.md"}
    Document.objects.filter(name="chinese.md").update(is_enabled=False)
    assert ask(query).hits == []


def test_a_deleted_passage_never_shows_though_the_cache_knows_it(ask: Ask, handbook: Dataset) -> None:
    query = "Everyone has thirty days of leave a year."
    assert headings(ask(query))[0] == "Holidays"
    Chunk.objects.filter(headings=["Holidays"]).delete()
    found = ask(query)
    assert "Holidays" not in headings(found)
    live = next(step for step in found.funnel.steps if step.name == "live")
    assert (live.entered or 0) - live.left == 1


def test_the_second_search_is_remembered_until_something_changes(ask: Ask, handbook: Dataset) -> None:
    def cached(found: Found) -> bool:
        step = next(each for each in found.funnel.steps if each.name == "lexical")
        return bool(step.details.get("cached"))

    query = "How much vacation do I get?"
    first, second = ask(query), ask(query)
    assert (cached(first), cached(second)) == (False, True)
    assert [hit.score for hit in second.hits] == [hit.score for hit in first.hits]
    assert not cached(ask(query, cache=False))
    index.touch(handbook.id)
    assert not cached(ask(query))
    assert not cached(ask(query, filter=Filter(conditions=[Condition(name="year", operator=">", value=2000)])))


def test_filters_narrow_both_legs(ask: Ask, handbook: Dataset) -> None:
    def one(name: str, operator: Any, value: Any) -> Filter:
        return Filter(conditions=[Condition(name=name, operator=operator, value=value)])

    query = "Everyone has thirty days of leave a year. 年假"
    assert {hit.document_name for hit in ask(query, filter=one("language", "is", "zh")).hits} == {"chinese.md"}
    assert {hit.document_name for hit in ask(query, filter=one("year", "<", 2025)).hits} == {"english.md"}
    nothing = ask(query, filter=one("year", ">", 2030))
    assert nothing.hits == []
    first = nothing.funnel.steps[0]
    assert (first.name, first.entered, first.left) == ("filter", 2, 0)
    # the request's and the settings' conditions both hold
    settings = {"filter": one("language", "is", "zh").model_dump()}
    asked = Request(query=query, dataset_ids=[str(handbook.id)], settings=settings, filter=one("year", "<", 2025))
    assert search(handbook.workspace_id, asked).hits == []


def test_the_same_text_twice_is_one_result_with_two_places(ask: Ask, handbook: Dataset) -> None:
    make_document(handbook, "copy.md", [("Leave", ENGLISH["Holidays"])])
    [hit] = [each for each in ask("thirty days of leave", top_k=10).hits if each.content == ENGLISH["Holidays"]]
    assert {hit.document_name, *(place.document_name for place in hit.also)} == {"english.md", "copy.md"}


def test_top_k_is_exact_and_a_shorter_list_begins_the_longer(ask: Ask) -> None:
    longest = [hit.chunk_id for hit in ask("thirty days", top_k=6, vector_weight=0.5).hits]
    assert len(longest) == 6
    for top_k in range(1, 6):
        assert [hit.chunk_id for hit in ask("thirty days", top_k=top_k, vector_weight=0.5).hits] == longest[:top_k]


def test_a_cap_for_each_document_and_a_budget(ask: Ask) -> None:
    found = ask("thirty days 三十天", top_k=10, per_document=1)
    assert sorted(hit.document_name for hit in found.hits) == ["chinese.md", "english.md"]
    found = ask("thirty days", top_k=10, max_tokens=50)
    assert 0 < sum(estimate_tokens(hit.text) for hit in found.hits) <= 50


def test_parents_are_shown_for_their_children(ask: Ask, handbook: Dataset) -> None:
    document = make_document(handbook, "parents.md", [])
    parent = make_chunk(document, "Dogs may come along. They wait in the yard.", 0, kind=ChunkKind.PARENT)
    children = [
        make_chunk(document, text, position, kind=ChunkKind.CHILD, parent=parent)
        for position, text in enumerate(("Dogs may come along.", "They wait in the yard."))
    ]
    put(handbook, [parent, *children])

    [hit, *_] = ask("Do dogs wait in the yard?").hits
    assert (hit.chunk_id, hit.kind, hit.content) == (parent.id, "parent", parent.content)
    assert {child.place.chunk_id for child in hit.children} == {child.id for child in children}
    assert ask("Do dogs wait in the yard?", expand={"parent": False}).hits[0].chunk_id == children[1].id


def test_neighbours_widen_a_passage(ask: Ask, handbook: Dataset) -> None:
    [hit, *rest] = ask("A meal may cost forty euro.", expand={"neighbours": 1}, top_k=3).hits
    assert hit.content == "\n\n".join(ENGLISH.values())
    assert (hit.place.start, hit.place.end) == (0, Chunk.objects.get(headings=["Holidays"]).end)
    assert all(other.document_name == "chinese.md" for other in rest)


def test_pairs_are_shown_with_their_answer(ask: Ask, handbook: Dataset) -> None:
    document = make_document(handbook, "faq.csv", [])
    pair = make_chunk(document, "Who pays for parking?", 0, kind=ChunkKind.PAIR, answer="The firm pays for it.")
    put(handbook, [pair])
    [hit, *_] = ask("Who pays for parking?").hits
    assert (hit.kind, hit.content, hit.answer) == ("pair", "Who pays for parking?", "The firm pays for it.")
    assert hit.text == "Who pays for parking?\nThe firm pays for it."


@pytest.mark.parametrize("whose", ["nobody's", "another workspace's", "no id"])
def test_a_dataset_that_is_not_there_is_an_error_by_name(cast: Cast, transactional_db: None, whose: str) -> None:
    dataset_id = {
        "nobody's": str(uuid4()),
        "another workspace's": str(make_dataset(cast.stranger.workspace).id),
        "no id": "handbook",
    }[whose]

    with pytest.raises(RetrievalError) as refusal:
        search(cast.workspace.id, Request(query="x", dataset_ids=[dataset_id]))

    assert refusal.value.code == "dataset_not_found"
    assert dataset_id in refusal.value.message


def test_an_empty_question_and_an_empty_dataset_find_nothing(
    cast: Cast, clean_redis: str, chroma_url: str, inference_url: str, transactional_db: None
) -> None:
    dataset = make_dataset(cast.workspace)
    for query in ("  ", "?!", "anything"):
        assert search(cast.workspace.id, Request(query=query, dataset_ids=[str(dataset.id)])).hits == []


def test_stored_settings_hold_and_are_overridden(ask: Ask, handbook: Dataset) -> None:
    Dataset.objects.filter(id=handbook.id).update(retrieval={"top_k": 2, "method": "lexical", "unknown": 1})
    assert [len(ask("thirty days 三十天").hits), len(ask("thirty days 三十天", top_k=1).hits)] == [2, 1]
    assert ask("thirty days").settings.method == "lexical"
    with pytest.raises(WeftError) as refusal:
        ask("thirty days", rerank={"candidates": 0})
    assert (refusal.value.code, refusal.value.field) == ("retrieval_setting_invalid", "rerank.candidates")
