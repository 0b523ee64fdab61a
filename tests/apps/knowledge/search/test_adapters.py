"""The engine's port: what a node asks becomes settings, and hits become Dify's passages."""

from __future__ import annotations

import asyncio

import pytest

from apps.knowledge.adapters import WorkspaceRetrieval, asked
from apps.knowledge.metadata import Condition, Filter
from apps.knowledge.models import Chunk, Dataset
from tests.cast import Cast
from weft.events import connection
from weft.http import egress
from workflows.errors import RetrievalError
from workflows.ports import MetadataCondition, MetadataFilter, ModelChoice, Passages, Reranking, RetrievalRequest


def ask(cast: Cast, request: RetrievalRequest) -> Passages:
    async def run() -> Passages:
        try:
            return await WorkspaceRetrieval(cast.workspace.id).retrieve(request)
        finally:
            await connection.close_shared_async_client()
            await egress.close()

    return asyncio.run(run())


def test_the_port_gives_difys_shape(cast: Cast, handbook: Dataset) -> None:
    request = RetrievalRequest(query="How much vacation do I get?", dataset_ids=[str(handbook.id)], top_k=1)

    [passage] = ask(cast, request)

    chunk = Chunk.objects.get(headings=["Holidays"])
    metadata = passage.pop("metadata")
    assert passage == {"title": "english.md", "content": chunk.content, "files": []}
    assert 0 < metadata.pop("score") <= 1
    assert metadata == {
        "_source": "knowledge",
        "position": 1,
        "dataset_id": str(handbook.id),
        "dataset_name": "Handbook",
        "document_id": str(chunk.document_id),
        "document_name": "english.md",
        "data_source_type": "upload_file",
        "segment_id": str(chunk.id),
        "segment_position": 3,
        "segment_word_count": len(chunk.content),
        "segment_hit_count": 0,
        "retriever_from": "workflow",
        "score_method": "fused",
        "child_chunks": [],
        "headings": ["Holidays"],
        "page": None,
        "boxes": [],
        "start": chunk.start,
        "end": chunk.end,
        "also": [],
        "doc_metadata": {"language": "en", "year": 2024},
    }


def test_what_a_node_asks_becomes_settings() -> None:
    assert asked(RetrievalRequest(query="q", dataset_ids=["d"])).settings == {}

    plain = RetrievalRequest(query="q", dataset_ids=["d"], top_k=500)
    assert (asked(plain).settings, asked(plain).filter, asked(plain).origin) == ({"top_k": 100}, None, "app")

    model = RetrievalRequest(
        query="q",
        dataset_ids=["d"],
        score_threshold=0.2,
        reranking=Reranking("model", "acme", "rerank-1"),
        filter=MetadataFilter("or", [MetadataCondition("year", ">", 2020)]),
        filter_model=ModelChoice("acme", "chat-1"),
        chooser=ModelChoice("acme", "chat-2"),
        history=[{"role": "user", "content": "hi"}],
        is_tool=True,
    )
    request = asked(model)
    assert request.settings == {
        "threshold": 0.2,
        "rerank": {"provider": "acme", "model": "rerank-1"},
        "questions": {"provider": "acme", "model": "chat-1", "choose": True, "filter": True},
    }
    assert request.filter == Filter(logical="or", conditions=[Condition(name="year", operator=">", value=2020)])
    assert (request.history, request.origin) == ([{"role": "user", "content": "hi"}], "tool")


@pytest.mark.parametrize(("vector", "keyword", "share"), [(0.7, 0.3, 0.7), (0.2, 0.2, 0.5), (0, 0, 0.5), (1, 0, 1.0)])
def test_weights_are_shares_of_hybrid_search(vector: float, keyword: float, share: float) -> None:
    reranking = Reranking("weights", vector_weight=vector, keyword_weight=keyword)
    request = asked(RetrievalRequest(query="q", dataset_ids=["d"], reranking=reranking))
    weights = {"method": "hybrid", "fusion": "weighted", "vector_weight": pytest.approx(share), "rerank": None}
    assert request.settings == weights


def test_what_cannot_be_asked_is_an_error_of_the_search(cast: Cast, handbook: Dataset) -> None:
    wrong = MetadataFilter("and", [MetadataCondition("", "is", 1)])
    with pytest.raises(RetrievalError) as refusal:
        ask(cast, RetrievalRequest(query="q", dataset_ids=[str(handbook.id)], filter=wrong))
    assert refusal.value.code == "filter_invalid"


def test_the_funnel_comes_with_the_passages(cast: Cast, handbook: Dataset) -> None:
    reranking = Reranking("model", "nobody", "rerank-1")
    query = "Leave is asked for in the calendar."
    found = ask(cast, RetrievalRequest(query=query, dataset_ids=[str(handbook.id)], reranking=reranking))
    assert [note["code"] for note in found.funnel["notes"]] == ["rerank_failed"]
    assert [step["name"] for step in found.funnel["steps"]][-1] == "top_k"
    assert found[0]["metadata"]["headings"] == ["Holidays"]
