"""Searching with the built-in embedding model, in English and Chinese, and through the engine's port."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest

from apps.knowledge import lexical, services, tasks
from apps.knowledge.adapters import WorkspaceRetrieval
from apps.knowledge.models import Chunk, Dataset
from apps.knowledge.services import Upload
from tests.cast import Cast
from tests.factories import make_dataset
from weft.http import egress
from workflows.errors import RetrievalError
from workflows.ports import RetrievalRequest

ENGLISH = """# Travel
Trains must be booked two weeks ahead. First class is for journeys over four hours.
# Expenses
Receipts are handed in within thirty days. A meal may cost forty euro.
# Holidays
Everyone has thirty days of leave a year. Leave is asked for in the calendar.
"""
CHINESE = """# 差旅
火车票需要提前两周预订。超过四小时的行程可以乘坐一等座。
# 报销
发票需要在三十天之内提交。一餐的费用不超过四十欧元。
# 假期
每位员工每年有三十天年假。请假需要在日历中申请。
"""


@pytest.fixture
def handbook(
    cast: Cast, files: Path, clean_redis: str, chroma_url: str, inference_url: str, transactional_db: None
) -> Dataset:
    """Indexed with the built-in model."""
    dataset = make_dataset(cast.workspace, name="Handbook")
    for name, text in (("english.md", ENGLISH), ("chinese.md", CHINESE)):
        [document] = services.add_documents(cast.editor, dataset.id, [Upload(name, [text.encode()])])
        tasks.ingest_document(str(document.id))
    return dataset


def best(cast: Cast, dataset: Dataset, query: str) -> tuple[str, list[str], str]:
    request = RetrievalRequest(query=query, dataset_ids=[str(dataset.id)], top_k=1)
    [hit] = services.retrieve(cast.workspace.id, request)
    return hit.document_name, hit.headings, hit.method


def test_questions_find_their_passage(cast: Cast, handbook: Dataset) -> None:
    questions = {
        "How much vacation do I get?": ("english.md", ["Holidays"], "cosine"),
        "When do I have to submit my bills?": ("english.md", ["Expenses"], "cosine"),
        "May I take first class on the railway?": ("english.md", ["Travel"], "cosine"),
        "发票什么时候提交？": ("chinese.md", ["报销"], "terms"),
        "我每年有多少天年假？": ("chinese.md", ["假期"], "terms"),
        "火车票要提前多久订？": ("chinese.md", ["差旅"], "terms"),
    }
    assert {query: best(cast, handbook, query) for query in questions} == questions


def test_the_port_gives_difys_shape(cast: Cast, handbook: Dataset) -> None:
    request = RetrievalRequest(query="How much vacation do I get?", dataset_ids=[str(handbook.id)], top_k=1)

    async def ask() -> list[dict[str, object]]:
        try:
            return await WorkspaceRetrieval(cast.workspace.id).retrieve(request)
        finally:
            await egress.close()

    [passage] = asyncio.run(ask())

    chunk = Chunk.objects.get(content__startswith="Holidays")
    metadata = passage.pop("metadata")
    assert isinstance(metadata, dict)
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
        "retriever_from": "workflow",
        "score_method": "cosine",
        "headings": ["Holidays"],
        "page": None,
        "doc_metadata": {},
    }


@pytest.mark.parametrize("whose", ["nobody's", "another workspace's", "no id"])
def test_a_dataset_that_is_not_there_is_an_error_by_name(cast: Cast, transactional_db: None, whose: str) -> None:
    dataset_id = {
        "nobody's": str(uuid4()),
        "another workspace's": str(make_dataset(cast.stranger.workspace).id),
        "no id": "handbook",
    }[whose]

    with pytest.raises(RetrievalError) as refusal:
        services.retrieve(cast.workspace.id, RetrievalRequest(query="x", dataset_ids=[dataset_id]))

    assert refusal.value.code == "dataset_not_found"
    assert dataset_id in refusal.value.message


def test_an_empty_question_finds_nothing(cast: Cast, transactional_db: None) -> None:
    dataset = make_dataset(cast.workspace)
    assert services.retrieve(cast.workspace.id, RetrievalRequest(query="  ", dataset_ids=[str(dataset.id)])) == []


def test_rare_terms_weigh_more_than_common_ones(cast: Cast, handbook: Dataset) -> None:
    found = lexical.search([handbook.id], "三十天年假", 10)

    by_heading = {Chunk.objects.get(id=each.chunk_id).headings[0]: each.score for each in found}
    assert list(by_heading)[:2] == ["假期", "报销"]
    assert 0 < by_heading["报销"] < by_heading["假期"]
    assert lexical.search([handbook.id], "???", 10) == []
