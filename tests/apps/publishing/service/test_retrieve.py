from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from apps.accounts.models import Workspace
from apps.knowledge.models import Chunk, Dataset, Document, ExternalService, MetadataField, MetadataType
from apps.providers.secrets import encrypt
from tests.apps.publishing.service.conftest import NOBODY, Api
from tests.fakes.external_knowledge import FakeKnowledge, knowledge_server
from weft.db.aio import call_db


async def retrieve(
    api: Api, dataset: Dataset, query: str = "Lunch is free", end: str = "retrieve", **model: Any
) -> Any:
    body = {"query": query, **({"retrieval_model": model} if model else {})}
    answer = await api.call("POST", f"/datasets/{dataset.pk}/{end}", body)
    assert answer.status_code == 200, answer.content
    return answer.json()


def contents(found: Any) -> list[str]:
    return [record["segment"]["content"] for record in found["records"]]


@pytest.mark.parametrize("end", ["retrieve", "hit-testing"])
async def test_a_record_has_every_field_of_dify(api: Api, dataset: Dataset, document: Document, end: str) -> None:
    found = await retrieve(api, dataset, end=end)

    assert found["query"] == {"content": "Lunch is free"}
    first = found["records"][0]
    assert set(first) == {"segment", "child_chunks", "score", "tsne_position", "files", "summary"}
    assert (first["child_chunks"], first["files"], first["tsne_position"], first["summary"]) == ([], [], None, None)
    assert 0 < first["score"] <= 1
    [listed] = [
        row
        for row in (await api.call("GET", f"/datasets/{dataset.pk}/documents/{document.pk}/segments")).json()["data"]
        if row["id"] == first["segment"]["id"]
    ]
    about: dict[str, Any] = {
        "id": str(document.pk),
        "data_source_type": "upload_file",
        "name": "guide.md",
        "doc_type": None,
        "doc_metadata": {},
    }
    # finding it counted as a hit of it
    assert {**first["segment"], "hit_count": 0, "updated_at": 0, "completed_at": 0} == {
        **listed,
        "document": about,
        "hit_count": 0,
        "updated_at": 0,
        "completed_at": 0,
    }
    assert "Lunch is free." in first["segment"]["content"]


async def test_the_model_of_the_request_goes_before_the_dataset_s(
    api: Api, dataset: Dataset, document: Document
) -> None:
    both = contents(await retrieve(api, dataset, "travel lunch"))
    one = contents(await retrieve(api, dataset, "travel lunch", search_method="hybrid_search", top_k=1))
    words = await retrieve(api, dataset, "booked", search_method="keyword_search", reranking_enable=False)
    vectors: dict[str, Any] = {"search_method": "semantic_search", "score_threshold": 1}
    strict = await retrieve(api, dataset, **vectors, score_threshold_enabled=True)
    off = await retrieve(api, dataset, **vectors, score_threshold_enabled=False)

    assert one == both[:1]
    assert len(both) == 2
    assert ["booked" in each for each in contents(words)] == [True]
    assert (contents(strict), len(contents(off))) == ([], 2)


async def test_metadata_conditions_narrow_the_search(api: Api, dataset: Dataset, document: Document) -> None:
    def describe() -> None:
        MetadataField.objects.create(dataset=dataset, name="year", type=MetadataType.NUMBER)
        Document.objects.update(metadata={"year": 2024})

    await call_db(describe)

    async def found(operator: str, value: Any) -> int:
        conditions = [{"name": "year", "comparison_operator": operator, "value": value}]
        given = {"logical_operator": "and", "conditions": conditions}
        model: dict[str, Any] = {"search_method": "semantic_search", "metadata_filtering_conditions": given, "top_k": 5}
        return len(contents(await retrieve(api, dataset, **model)))

    counts = [await found(operator, 2024) for operator in ("=", ">", ">=", "≠")]
    assert counts == [2, 0, 2, 0]


SENSELESS_SEARCHES: list[Any] = [
    b"",
    {},
    {"query": ""},
    {"query": None},
    {"query": 7},
    {"query": "x", "retrieval_model": "y"},
    {"query": "x", "retrieval_model": {"search_method": "magic"}},
    {"query": "x", "retrieval_model": {"top_k": -1}},
    {"query": "x", "retrieval_model": {"top_k": 1.5}},
    {"query": "x", "retrieval_model": {"top_k": True}},
    {"query": "x", "retrieval_model": {"weights": {"vector_setting": {"vector_weight": 7}}}},
    {"query": "x", "retrieval_model": {"metadata_filtering_conditions": {"conditions": ["y"]}}},
    {"query": "x", "retrieval_model": {"metadata_filtering_conditions": {"conditions": [{"name": "y"}]}}},
]


async def test_a_senseless_search_is_refused(api: Api, dataset: Dataset) -> None:
    for body in SENSELESS_SEARCHES:
        answer = await api.call("POST", f"/datasets/{dataset.pk}/retrieve", body)

        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_param"), body


async def test_more_than_there_is_to_give_is_cut_and_null_is_absent(
    api: Api, dataset: Dataset, document: Document
) -> None:
    model: dict[str, Any] = {
        "search_method": "semantic_search",
        "top_k": 100_000,
        "weights": None,
        "score_threshold": None,
        "reranking_model": None,
    }

    assert len(contents(await retrieve(api, dataset, **model))) == 2


async def test_what_is_switched_off_is_not_found(api: Api, dataset: Dataset, document: Document) -> None:
    await api.call("PATCH", f"/datasets/{dataset.pk}/documents/status/disable", {"document_ids": [str(document.pk)]})

    assert contents(await retrieve(api, dataset)) == []


async def test_a_model_that_is_gone_is_said_so(api: Api, dataset: Dataset, document: Document) -> None:
    await call_db(lambda: Dataset.objects.update(embedding_provider="gone"))
    body = {"query": "x", "retrieval_model": {"search_method": "semantic_search"}}

    answer = await api.call("POST", f"/datasets/{dataset.pk}/retrieve", body)

    assert answer.status_code in (400, 503), answer.content
    assert "gone" in answer.json()["message"]


RECORDS = [
    {"content": "The wiki says so.", "score": 0.9, "title": "Wiki", "metadata": {"path": "/a"}},
    {"content": "Hardly.", "score": 0.1, "title": "Other", "metadata": None},
]


@pytest.fixture
def peer(settings: Settings) -> Iterator[FakeKnowledge]:
    with knowledge_server() as fake:
        settings.EGRESS_ALLOW = ("127.0.0.1",)
        fake.records = RECORDS
        yield fake


async def test_an_external_dataset_asks_its_service(api: Api, peer: FakeKnowledge) -> None:
    dataset = await call_db(_external, api.cast.workspace, peer)

    found = await retrieve(api, dataset, "who says?", top_k=2)

    assert peer.asked == [
        (
            "/kb/retrieval",
            peer.key,
            {
                "knowledge_id": "wiki-1",
                "query": "who says?",
                "retrieval_setting": {"top_k": 2, "score_threshold": 0.0},
            },
        )
    ]
    first = found["records"][0]
    assert (first["title"], first["content"], first["score"]) == ("Wiki", "The wiki says so.", 0.9)
    assert first["metadata"]["path"] == "/a"
    assert first["segment"]["content"] == "The wiki says so."
    assert contents(found) == ["The wiki says so.", "Hardly."]


async def test_an_external_dataset_whose_service_is_away(api: Api, peer: FakeKnowledge) -> None:
    dataset = await call_db(_external, api.cast.workspace, peer)
    peer.status = 500

    answer = await api.call("POST", f"/datasets/{dataset.pk}/retrieve", {"query": "who says?"})

    assert (answer.status_code, answer.json()["code"]) == (503, "external_service_failed")
    assert "Wiki" in answer.json()["message"]


async def test_an_external_dataset_takes_no_documents(api: Api, peer: FakeKnowledge) -> None:
    dataset = await call_db(_external, api.cast.workspace, peer)

    answer = await api.call("POST", f"/datasets/{dataset.pk}/document/create-by-text", {"name": "a", "text": "A."})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_param")
    assert await call_db(Document.objects.count) == 0


def _external(workspace: Workspace, peer: FakeKnowledge) -> Dataset:
    service = ExternalService.objects.create(
        workspace=workspace, name="Wiki", endpoint=peer.endpoint, api_key=encrypt(peer.key)
    )
    return Dataset.objects.create(
        workspace=workspace, name="Wiki pages", external_service=service, external_key="wiki-1"
    )


async def ask(api: Api, body: Any, **headers: Any) -> Any:
    return await api.call("POST", "/external/retrieval", body, **headers)


def question(dataset: Any, **over: Any) -> dict[str, Any]:
    setting = {"top_k": 1, "score_threshold": 0.0}
    return {"knowledge_id": str(dataset), "query": "Lunch is free", "retrieval_setting": setting} | over


async def test_a_dataset_is_the_external_knowledge_of_a_peer(api: Api, dataset: Dataset, document: Document) -> None:
    answer = await ask(api, question(dataset.pk))

    assert answer.status_code == 200, answer.content
    [record] = answer.json()["records"]
    chunk = await call_db(lambda: Chunk.objects.get(content__contains="Lunch"))
    assert record == {
        "content": chunk.content,
        "score": record["score"],
        "title": "guide.md",
        "metadata": {
            "dataset_id": str(dataset.pk),
            "document_id": str(document.pk),
            "segment_id": str(chunk.pk),
            "page": None,
            "headings": chunk.headings,
        },
    }
    assert 0 < record["score"] <= 1


async def test_the_settings_of_the_peer_are_kept(api: Api, dataset: Dataset, document: Document) -> None:
    await call_db(lambda: Document.objects.update(metadata={"tag": "food"}))

    async def found(**over: Any) -> int:
        asked = question(dataset.pk, query="trains or lunch", **over)
        return len((await ask(api, asked)).json()["records"])

    condition = {"comparison_operator": "is", "value": "food"}
    assert await found(retrieval_setting={"top_k": 5, "score_threshold": 0}) == 2
    assert await found(retrieval_setting={"top_k": 5, "score_threshold": 1}) == 0
    assert await found(metadata_condition={"conditions": [{"name": "tag", **condition}]}) == 1
    assert await found(metadata_condition={"conditions": [{"name": ["tag"], **condition}]}) == 1
    assert await found(metadata_condition={"conditions": [{"name": ["other"], **condition}]}) == 0


REFUSED_PEERS: list[Any] = [
    ({}, {}, 400, 400),
    (b"", {}, 400, 400),
    ({"knowledge_id": NOBODY}, {}, 400, 400),
    (question(NOBODY), {}, 404, 2001),
    (question("wiki-1"), {}, 404, 2001),
    (question(NOBODY, retrieval_setting={"top_k": 0}), {}, 400, 400),
    (question(NOBODY, metadata_condition={"conditions": [{"name": "a"}]}), {}, 400, 400),
    (question(NOBODY), {"key": "wrong"}, 403, 1002),
    (question(NOBODY), {"key": ""}, 403, 1001),
]


async def test_a_peer_is_refused_in_the_words_of_the_contract(api: Api) -> None:
    for body, headers, status, code in REFUSED_PEERS:
        answer = await ask(api, body, **headers)

        assert (answer.status_code, answer.json()["error_code"]) == (status, code), body
        assert answer.json()["error_msg"]
        assert set(answer.json()) == {"error_code", "error_msg"}


async def test_another_workspace_s_knowledge_does_not_exist(api: Api, dataset: Dataset) -> None:
    answer = await ask(api, question(dataset.pk), key=api.stranger_key)

    assert (answer.status_code, answer.json()["error_code"]) == (404, 2001)
    wrong = await api.call("GET", "/external/retrieval")
    assert (wrong.status_code, wrong.json()["error_code"]) == (405, 405)
