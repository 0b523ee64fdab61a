"""Documents that are in a dataset without having been read, and cases about them."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from apps.knowledge import index
from apps.knowledge.models import Case, Chunk, Dataset, Document, DocumentText, Stage


def add_document(dataset: Dataset, name: str, passages: list[str], **over: Any) -> Document:
    """Ready, with these passages one after the other, each a chunk with its offsets."""
    text = "\n\n".join(passages)
    fields = {"size_bytes": len(text), "mime_type": "text/markdown", "path": "", "sha256": name, "stage": Stage.READY}
    document = Document.objects.create(dataset=dataset, name=name, **{**fields, **over})
    DocumentText.objects.create(document=document, text=text)
    add_chunks(document, passages, text)
    return document


def add_chunks(document: Document, passages: list[str], text: str) -> list[Chunk]:
    chunks = []
    for position, passage in enumerate(passages):
        start = text.index(passage)
        chunks.append(
            Chunk(
                dataset=document.dataset,
                document=document,
                position=position,
                content=passage,
                start=start,
                end=start + len(passage),
                sha256=f"{document.name}-{position}",
                is_indexed=True,
            )
        )
    with transaction.atomic():
        Chunk.objects.bulk_create(chunks)
        index.put(document.dataset_id, chunks)
    return chunks


def document_named(dataset: Dataset, name: str) -> Document:
    return Document.objects.get(dataset=dataset, name=name)


def chunk_with(dataset: Dataset, text: str) -> Chunk:
    return Chunk.objects.get(dataset=dataset, content__contains=text)


def add_case(dataset: Dataset, question: str, quote: str = "", name: str = "", **over: Any) -> Case:
    """Expects the chunk that has `quote`, or the whole document `name`."""
    document = chunk_with(dataset, quote).document if quote else document_named(dataset, name)
    expected = [{"document_id": str(document.id), "quote": quote, "grade": 1}]
    return Case.objects.create(dataset=dataset, question=question, **{"expected": expected, **over})
