"""Why a passage is not among the hits: the stage that stopped it, with its score and the cut-off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from apps.knowledge.metadata import Condition, Filter
from apps.knowledge.models import Chunk, ChunkKind, Dataset, Document
from apps.knowledge.search import Request, Why, why_not
from tests.apps.knowledge.search.handbook import ENGLISH, make_chunk, make_document, put
from tests.cast import Cast
from weft.http.errors import WeftError

Because = Callable[..., Why]


@pytest.fixture
def because(cast: Cast, handbook: Dataset) -> Because:
    """`because("Holidays", "question", top_k=1)`: why the passage under that heading is not found."""

    def run(heading: str, query: str, *, filter: Filter | None = None, **settings: Any) -> Why:
        chunk = Chunk.objects.get(headings=[heading])
        request = Request(query=query, dataset_ids=[str(handbook.id)], settings=settings, filter=filter)
        return why_not(cast.workspace.id, request, chunk.id)

    return run


QUERY = "How much vacation do I get?"


def test_a_shown_passage_is_said_to_be_shown(because: Because) -> None:
    why = because("Holidays", QUERY)
    assert (why.stage, why.rank, set(why.scores)) == ("shown", 1, {"vector", "fused"} | set(why.scores))
    assert why.score is not None


def test_what_is_switched_off(because: Because) -> None:
    Chunk.objects.filter(headings=["Holidays"]).update(is_enabled=False)
    assert because("Holidays", QUERY) == Why("disabled")
    Document.objects.filter(name="english.md").update(is_archived=True)
    assert because("Holidays", QUERY) == Why("document_archived")
    Document.objects.filter(name="english.md").update(is_enabled=False)
    assert because("Holidays", QUERY) == Why("document_disabled")


def test_the_condition_that_does_not_hold(because: Because) -> None:
    year, language = (
        Condition(name="year", operator=">", value=2020),
        Condition(name="language", operator="is", value="zh"),
    )
    why = because("Holidays", QUERY, filter=Filter(conditions=[year, language]))
    assert why == Why("filter", details={"conditions": [language.model_dump() | {"found": "en"}]})


def test_below_top_k_and_below_the_threshold(because: Because) -> None:
    why = because("Travel", QUERY, top_k=1)
    assert (why.stage, why.cutoff) == ("top_k", because("Holidays", QUERY).score)
    assert why.rank is not None
    assert why.rank > 1
    assert why.score is not None
    assert why.score < (why.cutoff or 0)

    why = because("Travel", QUERY, threshold=0.9)
    assert (why.stage, why.cutoff) == ("threshold", 0.9)


def test_without_a_term_in_common_and_without_a_vector(because: Because, handbook: Dataset) -> None:
    why = because("差旅", QUERY, method="lexical")
    assert why.stage == "no_terms"
    assert why.details["missing_words"] == ["vacation", "get"]
    assert why.details["weight"] == {
        "dataset_id": str(handbook.id),
        "name": handbook.name,
        "script": "latin",
        "vector_weight": 0.0,
        "why": "method",
        "right": None,
        "of": None,
        "model": handbook.embedding_model,
    }
    make_document(handbook, "new.md", [("New", "Bicycles stand behind the house.")], embed=False)
    assert because("New", QUERY, method="vector").stage == "not_indexed"
    # its terms find it already
    assert because("New", "Where do bicycles stand?").stage == "shown"


def test_below_the_depth_of_the_legs(because: Because, handbook: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("legs", "why"):
        monkeypatch.setattr(f"apps.knowledge.search.{module}.DEPTH", 1)
    why = because("Travel", "Trains and receipts within thirty days", method="lexical", top_k=1)
    assert (why.stage, why.rank) == ("depth", 3)
    assert 0 < (why.score or 0) < (why.cutoff or 0)
    assert why.details["depth"] == 1

    why = because("Travel", QUERY, method="vector", top_k=1)
    assert why.stage == "depth"
    assert why.score == why.details["similarity"]
    assert (why.score or 0) < (why.cutoff or 0)


def test_what_stands_for_another(because: Because, handbook: Dataset, cast: Cast) -> None:
    make_document(handbook, "copy.md", [("Copy", ENGLISH["Holidays"])])
    places = {heading: because(heading, QUERY) for heading in ("Copy", "Holidays")}
    assert {why.stage for why in places.values()} == {"shown", "duplicate"}

    document = make_document(handbook, "parents.md", [])
    parent = make_chunk(document, "Dogs may come along. They wait in the yard.", 0, kind=ChunkKind.PARENT)
    dogs = make_chunk(document, "Dogs may come along.", 0, kind=ChunkKind.CHILD, parent=parent, headings=["Dogs"])
    put(handbook, [parent, dogs])
    why = because("Dogs", "May dogs come along?")
    assert (why.stage, why.other, why.rank) == ("shown", parent.id, 1)
    request = Request(query="May dogs come along?", dataset_ids=[str(handbook.id)])
    assert why_not(cast.workspace.id, request, parent.id).stage == "shown"


def test_other_stages(because: Because) -> None:
    assert because("Expenses", QUERY, per_document=1).stage == "per_document"
    assert because("Travel", QUERY, max_tokens=50, top_k=10).stage in ("budget", "shown")
    assert because("Expenses", "Leave is asked for in the calendar.", expand={"neighbours": 1}).stage in (
        "neighbour",
        "shown",
    )


def test_a_passage_of_elsewhere_is_not_found(cast: Cast, handbook: Dataset) -> None:
    request = Request(query=QUERY, dataset_ids=[str(handbook.id)])
    with pytest.raises(WeftError) as refusal:
        why_not(cast.workspace.id, request, uuid4())
    assert refusal.value.status == 404
