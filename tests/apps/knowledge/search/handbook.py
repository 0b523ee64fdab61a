"""A handbook in two languages, written straight into the tables and indexed, and a way to search it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from apps.knowledge import index, reading
from apps.knowledge.models import Chunk, ChunkKind, Dataset, Document, Stage
from apps.knowledge.search import Found, Request, search
from apps.providers import embeddings, endpoints
from tests.cast import Cast
from tests.factories import make_dataset
from weft.http import egress

ENGLISH = {
    "Travel": "Trains must be booked two weeks ahead. First class is for journeys over four hours.",
    "Expenses": "Receipts are handed in within thirty days. A meal may cost forty euro.",
    "Holidays": "Everyone has thirty days of leave a year. Leave is asked for in the calendar.",
}
CHINESE = {
    "差旅": "火车票需要提前两周预订。超过四小时的行程可以乘坐一等座。",
    "报销": "发票需要在三十天之内提交。一餐的费用不超过四十欧元。",
    "假期": "每位员工每年有三十天年假。请假需要在日历中申请。",
}
Ask = Callable[..., Found]


@cache
def reading_of_minilm() -> dict[str, Any]:
    """What the built-in model understands; tried once for all tests."""
    builtin = endpoints.builtin()
    name = "all-MiniLM-L6-v2"
    return egress.run_sync(
        lambda: reading.tried(endpoints.BUILTIN, name, lambda texts: embeddings.embed(builtin, name, texts))
    )


def make_handbook(cast: Cast) -> Dataset:
    dataset = make_dataset(cast.workspace, name="Handbook", reading=reading_of_minilm())
    make_document(dataset, "english.md", list(ENGLISH.items()), metadata={"language": "en", "year": 2024})
    make_document(dataset, "chinese.md", list(CHINESE.items()), metadata={"language": "zh", "year": 2025})
    return dataset


def make_document(
    dataset: Dataset, name: str, passages: Sequence[tuple[str, str]], *, embed: bool = True, **over: Any
) -> Document:
    """A document whose passages (heading, text) are indexed as ingestion indexes them."""
    fields = {"size_bytes": 1, "mime_type": "text/markdown", "path": name, "sha256": name, "stage": Stage.READY}
    document = Document.objects.create(dataset=dataset, name=name, **{**fields, **over})
    chunks, offset = [], 0
    for position, (heading, text) in enumerate(passages):
        chunks.append(make_chunk(document, text, position, headings=[heading] if heading else [], start=offset))
        offset += len(text) + 2
    put(dataset, chunks, embed=embed)
    return document


def make_chunk(document: Document, text: str, position: int, *, start: int | None = None, **over: Any) -> Chunk:
    """A row that is not indexed yet."""
    chunk_id: UUID = uuid5(document.id, f"{position}:{over.get('kind', '')}:{text}")
    return Chunk.objects.create(
        id=chunk_id,
        dataset_id=document.dataset_id,
        document=document,
        position=position,
        content=text,
        start=start,
        end=None if start is None else start + len(text),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        **over,
    )


def put(dataset: Dataset, chunks: Sequence[Chunk], *, embed: bool = True) -> None:
    with transaction.atomic():
        index.put(dataset.id, chunks)
    searched = [each for each in chunks if each.kind != ChunkKind.PARENT]
    if embed and searched:
        egress.run_sync(lambda: index.embed(dataset, searched))
        Chunk.objects.filter(id__in=[each.id for each in searched]).update(is_indexed=True)
        index.touch(dataset.id)


def asking(cast: Cast, *datasets: Dataset) -> Ask:
    """`ask("question", top_k=1)` searches the datasets with these settings."""
    ids = [str(dataset.id) for dataset in datasets]

    def ask(query: str, *, filter: Any = None, history: Any = (), origin: Any = None, **settings: Any) -> Found:
        request = Request(
            query=query, dataset_ids=ids, settings=settings, filter=filter, history=history, origin=origin
        )
        return search(cast.workspace.id, request)

    return ask
