"""Comparing tables, lexical index, vector store and files, both ways. Looks and changes nothing.

Work goes on meanwhile: what is found is looked for a second time, and only what is there again is told. Documents on
their way may lack chunks, terms and vectors; they may not have too much of them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.db.models import Count, F, Q
from django.db.models.functions import Now

from apps.knowledge import lexical, vectors
from apps.knowledge.leases import ACTIVE, WORKING
from apps.knowledge.models import Chunk, ChunkKind, Dataset, Document, DocumentText, Stage, VectorStore
from apps.knowledge.services.uploads import ROOM
from weft.http import egress, storage

Kind = Literal[
    "vector_missing", "vector_orphan", "terms_missing", "terms_orphan", "embedding_missing", "chunk_repeated",
    "chunk_misplaced", "count_wrong", "lease_dead", "file_missing", "file_orphan", "collection_orphan",
]  # fmt: skip

# The sweep looks every ten seconds; what it has not seen in so long it will not see.
_SWEPT_IN = timedelta(minutes=3)
# A file lies there before its row is committed, and after its last one is gone.
_FILE_GRACE_S = 3600.0


@dataclass(slots=True)
class Finding:
    """What is wrong, by kind: ids of chunks, of documents, names of files."""

    by_kind: dict[Kind, set[Any]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return any(self.by_kind.values())

    def add(self, kind: Kind, things: Iterable[Any]) -> None:
        self.by_kind.setdefault(kind, set()).update(things)

    def of(self, kind: Kind) -> set[Any]:
        return self.by_kind.get(kind, set())

    def shared_with(self, other: Finding) -> Finding:
        return Finding({kind: things & other.of(kind) for kind, things in self.by_kind.items()})

    def report(self, examples: int = 3) -> dict[str, Any]:
        return {
            kind: {"count": len(things), "examples": sorted(map(str, things))[:examples]}
            for kind, things in sorted(self.by_kind.items())
            if things
        }


def look(dataset: Dataset) -> Finding:
    """Raises VectorStoreError when the store does not answer."""
    first = _look(dataset)
    return first.shared_with(_look(dataset)) if first else first


def look_outside(*, grace_s: float = _FILE_GRACE_S) -> Finding:
    """What belongs to nothing: files without a document; collections without a dataset, or of a generation that their
    dataset neither searches nor fills."""
    found = Finding()
    paths = {path for path, age_s in _files() if age_s > grace_s}
    found.add("file_orphan", paths - set(Document.objects.filter(path__in=paths).values_list("path", flat=True)))
    stores = {name: vectors.store_named(name) for name in VectorStore.values}
    there = [(name, each) for name, store in stores.items() for each in egress.run_sync(store.collections)]
    # the rows after the stores: a dataset that comes or moves meanwhile is then known
    datasets = {dataset.id: dataset for dataset in Dataset.objects.all()}
    found.add("collection_orphan", (each for each in there if not _is_used(datasets.get(each[1].dataset_id), *each)))
    return found


def _is_used(dataset: Dataset | None, store: str, collection: vectors.Collection) -> bool:
    if dataset is None:
        return False
    if collection.generation > dataset.generation:
        return bool(dataset.moving) and dataset.moving["vector_store"] == store
    return (collection.generation, store) == (dataset.generation, dataset.vector_store)


def _look(dataset: Dataset) -> Finding:
    found = Finding()
    _compare_stores(dataset, found)
    _check_chunks(dataset, found)
    _check_documents(dataset, found)
    return found


def _compare_stores(dataset: Dataset, found: Finding) -> None:
    store, collection = vectors.store_of(dataset), vectors.collection_of(dataset)
    # the stores first: a row that comes or goes meanwhile can then only look as if it had too little
    stored = egress.run_sync(lambda: store.ids(collection))
    terms = lexical.ids(dataset.id)
    chunks = Chunk.objects.filter(dataset=dataset).exclude(kind=ChunkKind.PARENT)
    known = dict(chunks.values_list("id", "is_indexed"))
    found.add("vector_missing", {id_ for id_, is_indexed in known.items() if is_indexed} - stored)
    found.add("vector_orphan", stored - known.keys())
    found.add("terms_missing", known.keys() - terms)
    found.add("terms_orphan", terms - known.keys())


def _check_chunks(dataset: Dataset, found: Finding) -> None:
    settled = Chunk.objects.filter(dataset=dataset).exclude(document__stage__in=ACTIVE)
    ready = settled.filter(document__stage=Stage.READY)
    found.add("embedding_missing", ready.filter(is_indexed=False).values_list("id", flat=True))
    repeated = ready.filter(is_edited=False).values("document_id", "parent_id", "position").annotate(n=Count("id"))
    found.add("chunk_repeated", repeated.filter(n__gt=1).values_list("document_id", flat=True))
    for document_id, text in _texts(dataset):
        own = ready.filter(document_id=document_id, is_edited=False, start__isnull=False)
        places = own.exclude(kind=ChunkKind.PAIR).values_list("id", "content", "start", "end").iterator()
        found.add("chunk_misplaced", (id_ for id_, content, start, end in places if text[start:end] != content))


def _texts(dataset: Dataset) -> Iterator[tuple[UUID, str]]:
    """One text at a time: they may be long."""
    texts = DocumentText.objects.filter(document__dataset=dataset, document__stage=Stage.READY)
    return texts.values_list("document_id", "text").iterator(chunk_size=1)


def _check_documents(dataset: Dataset, found: Finding) -> None:
    documents = Document.objects.filter(dataset=dataset)
    shown = Count("chunks", filter=~Q(chunks__kind=ChunkKind.CHILD))
    searched = Count("chunks", filter=~Q(chunks__kind=ChunkKind.PARENT))
    counted = documents.filter(stage=Stage.READY).annotate(shown=shown, searched=searched)
    wrong = counted.exclude(chunk_count=F("shown"), total=F("searched"), done=F("searched"))
    found.add("count_wrong", wrong.values_list("id", flat=True))
    dead = Q(lease_expires_at=None) | Q(lease_expires_at__lt=Now() - _SWEPT_IN)
    found.add("lease_dead", documents.filter(dead, stage__in=WORKING).values_list("id", flat=True))
    paths = documents.values_list("id", "path").iterator()
    found.add("file_missing", (id_ for id_, path in paths if not storage.locate(path).exists()))


def _files() -> Iterator[tuple[str, float]]:
    """The files of all documents, and how many seconds old each is. Begun ones are among them."""
    root, now = Path(settings.FILES_DIR), time.time()
    for path in (root / ROOM).rglob("*"):
        if path.is_file():
            yield str(path.relative_to(root)), now - path.stat().st_mtime
