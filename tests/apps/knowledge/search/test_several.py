"""Several datasets at once: of one embedding model, of two, and one that is asked elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from apps.knowledge.metadata import Condition, Filter
from apps.knowledge.models import Dataset, ExternalService
from apps.knowledge.search import Request, search
from apps.providers.secrets import encrypt
from tests.apps.knowledge.search.handbook import ENGLISH, asking, make_document
from tests.cast import Cast
from tests.factories import make_dataset, make_provider
from tests.fakes.openai_server import FakeOpenAI
from workflows.errors import RetrievalError

RECORDS: list[dict[str, Any]] = [
    {"content": "Nobody smokes in the lift.", "score": 0.4, "title": "rules.txt", "metadata": {"path": "a"}},
    {"content": "Dogs may come along.", "score": 0.9, "title": "dogs.txt", "metadata": None},
    {"content": "", "score": 1, "title": "empty"},
    {"content": "No score", "title": None},
]


@pytest.fixture
def elsewhere(cast: Cast, server: FakeOpenAI, clean_redis: str, transactional_db: None) -> Dataset:
    server.records = RECORDS
    service = ExternalService.objects.create(
        workspace=cast.workspace, name="Wiki", endpoint=server.base_url, api_key=encrypt("sk-wiki")
    )
    return make_dataset(cast.workspace, name="Wiki", external_service=service, external_key="kb-7")


def test_datasets_with_different_models_are_found_side_by_side(
    cast: Cast, handbook: Dataset, server: FakeOpenAI
) -> None:
    make_provider(cast.workspace, server.base_url)
    other = make_dataset(cast.workspace, embedding_provider="acme", embedding_model="fake-embedding")
    make_document(other, "leave.md", [("Leave", "Parents have ninety days of leave.")])

    found = asking(cast, handbook, other)("How many days of leave are there?", top_k=2)

    assert {hit.document_name for hit in found.hits} == {"english.md", "leave.md"}
    weights = next(step for step in found.funnel.steps if step.name == "fusion").details["weights"]
    assert [(each["name"], each["why"]) for each in weights] == [(handbook.name, "read"), (other.name, "read")]
    assert weights[0]["vector_weight"] == 0.5


def test_a_dataset_elsewhere_is_asked_by_difys_contract(cast: Cast, elsewhere: Dataset, server: FakeOpenAI) -> None:
    condition = Condition(name="lang", operator="is", value="en")

    found = asking(cast, elsewhere)("dogs", top_k=3, threshold=0.2, filter=Filter(conditions=[condition]))

    assert [(hit.document_name, hit.content, hit.score, hit.method) for hit in found.hits] == [
        ("dogs.txt", "Dogs may come along.", 0.9, "external"),
        ("rules.txt", "Nobody smokes in the lift.", 0.4, "external"),
    ]
    assert found.hits[1].metadata == {"path": "a"}
    assert server.requests == [
        {
            "knowledge_id": "kb-7",
            "query": "dogs",
            "retrieval_setting": {"top_k": 3, "score_threshold": 0.2},
            "metadata_condition": {
                "logical_operator": "and",
                "conditions": [{"name": ["lang"], "comparison_operator": "is", "value": "en"}],
            },
        }
    ]
    assert server.headers[0]["Authorization"] == "Bearer sk-wiki"
    again = asking(cast, elsewhere)("dogs", top_k=3)
    assert [hit.chunk_id for hit in again.hits][:2] == [hit.chunk_id for hit in found.hits]


@pytest.mark.parametrize("mode", ["error_500", "not_json"])
def test_a_service_that_fails_is_named(cast: Cast, elsewhere: Dataset, server: FakeOpenAI, mode: str) -> None:
    server.mode = mode
    with pytest.raises(RetrievalError) as failure:
        search(cast.workspace.id, Request(query="dogs", dataset_ids=[str(elsewhere.id)]))
    assert failure.value.code == "external_service_failed"
    assert "Wiki" in failure.value.message


def test_beside_our_own_a_service_that_fails_is_left_out(
    cast: Cast, handbook: Dataset, elsewhere: Dataset, server: FakeOpenAI
) -> None:
    ask = asking(cast, handbook, elsewhere)
    found = ask("Leave is asked for in the calendar.", top_k=3)
    assert {hit.dataset_name for hit in found.hits} == {"Handbook", "Wiki"}
    assert ENGLISH["Holidays"] in [hit.content for hit in found.hits]

    server.mode = "error_500"
    found = ask("Leave is asked for in the calendar.", top_k=3)
    assert {hit.dataset_name for hit in found.hits} == {"Handbook"}
    assert [note.code for note in found.funnel.notes] == ["external_service_failed"]


@pytest.mark.parametrize("record", [5, {"content": "x", "score": "much"}])
def test_what_no_service_should_answer(cast: Cast, elsewhere: Dataset, server: FakeOpenAI, record: Any) -> None:
    server.records = [record]
    request = Request(query="dogs", dataset_ids=[str(elsewhere.id)])
    if isinstance(record, dict):
        with pytest.raises(RetrievalError):
            search(cast.workspace.id, request)
    else:
        assert search(cast.workspace.id, request).hits == []
