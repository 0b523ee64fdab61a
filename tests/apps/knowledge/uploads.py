"""Uploaded files on their way into a dataset, for several suites."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import UUID

from django.db import connection
from django.utils import timezone

from apps.knowledge import ingestion, services, vectors
from apps.knowledge.models import Chunk, Dataset, Document
from apps.knowledge.services import Upload
from tests.cast import Cast
from weft.http import egress

SENTENCE = "This sentence about number {n} fills a passage of its own because it is rather long. " * 9


def upload(cast: Cast, dataset: Dataset, name: str, data: bytes) -> Document:
    return services.add_documents(cast.editor, dataset.id, [Upload(name, [data])])[0]


def long_text(passages: int) -> bytes:
    """Markdown whose sections are a passage each."""
    return "\n\n".join(f"# Number {n}\n\n{SENTENCE.format(n=n)}" for n in range(passages)).encode()


def fresh(document: Document) -> Document:
    return Document.objects.get(id=document.id)


def due(document: Document) -> None:
    Document.objects.filter(id=document.id).update(not_before=timezone.now() - timedelta(seconds=1))


def stored_ids(document: Document) -> set[UUID]:
    store, collection = vectors.store_of(document.dataset), vectors.collection_of(document.dataset)
    return egress.run_sync(lambda: store.ids_of_document(collection, document.id))


def chunk_ids(document: Document) -> set[UUID]:
    return set(Chunk.objects.filter(document=document).values_list("id", flat=True))


def run_in_thread(document: Document) -> threading.Thread:
    def work() -> None:
        try:
            ingestion.ingest(document.id)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread
