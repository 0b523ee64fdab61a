"""What is searched: the terms and the vectors of chunks, kept in step with the chunk table.

Ingestion and edits call this; searching is in `search`. Terms change in the caller's transaction, vectors after it: a
chunk is found by its terms at once, and by its vector when `is_indexed` says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import islice
from uuid import UUID

from django.db import transaction
from django.db.models import F

from apps.knowledge import forgetting, lexical, vectors
from apps.knowledge.models import Chunk, ChunkKind, Dataset
from apps.providers import services as providers
from weft.db.aio import call_db

# Chunks at a time, when all are indexed anew
_REBUILT = 1000


def put(dataset_id: UUID, chunks: Sequence[Chunk]) -> None:
    """Make the chunks' terms what their text is now. Call it in the transaction that writes the rows; the vectors are
    `embed`'s. Parents are not searched and may be among them."""
    searched = [chunk for chunk in chunks if chunk.kind != ChunkKind.PARENT]
    lexical.add(dataset_id, [lexical.Entry(each.id, each.document_id, searched_text(each)) for each in searched])
    touch(dataset_id)
    transaction.on_commit(partial(_forget_moved, dataset_id, [each.id for each in searched]))


def drop(dataset_id: UUID, chunk_ids: Sequence[UUID]) -> None:
    """Call it in the transaction that deletes the rows; the vectors go right after it."""
    lexical.remove(dataset_id, chunk_ids)
    touch(dataset_id)
    transaction.on_commit(partial(_forget, dataset_id, chunk_ids=list(chunk_ids)))


def drop_document(dataset_id: UUID, document_id: UUID) -> None:
    """The same for all chunks of a document."""
    lexical.remove_documents(dataset_id, [document_id])
    touch(dataset_id)
    transaction.on_commit(partial(_forget, dataset_id, document_id=document_id))


def drop_dataset(dataset: Dataset) -> None:
    """The same for all chunks of a dataset, which goes itself."""
    lexical.clear(dataset.id)
    transaction.on_commit(
        partial(forgetting.forget_dataset_twice, dataset.id, [store for store, _ in vectors.places_of(dataset)])
    )


def touch(dataset_id: UUID) -> None:
    """Something changed that decides what a search may find: caches of the dataset no longer hold."""
    Dataset.objects.filter(id=dataset_id).update(revision=F("revision") + 1)


async def embed(dataset: Dataset, chunks: Sequence[Chunk]) -> None:
    """Make the vectors of chunks of one document and store them. Repeating it replaces them. Raises ModelError and
    VectorStoreError. Mark the rows `is_indexed` afterwards, with `touch`."""
    # its vectors may have moved since the caller read it
    dataset = await call_db(_now, dataset)
    texts = [searched_text(chunk) for chunk in chunks]
    found = await providers.embed(dataset.workspace_id, dataset.embedding_provider, dataset.embedding_model, texts)
    ids, collection = [chunk.id for chunk in chunks], vectors.collection_of(dataset)
    try:
        await vectors.store_of(dataset).upsert(collection, chunks[0].document_id, ids, found)
    except vectors.OtherLengthError as exc:
        raise exc.of(dataset.name) from exc


def rebuild(dataset_id: UUID) -> int:
    """Make all terms anew from the chunks. Searches see the old ones until it is done; writers of the dataset wait."""
    done = 0
    with transaction.atomic():
        lexical.clear(dataset_id)
        chunks = Chunk.objects.filter(dataset_id=dataset_id).exclude(kind=ChunkKind.PARENT).iterator(_REBUILT)
        while batch := list(islice(chunks, _REBUILT)):
            put(dataset_id, batch)
            done += len(batch)
    return done


def searched_text(chunk: Chunk) -> str:
    """What terms and vector stand for: the passage under the headings that it does not begin with itself, a pair's
    answer, and the keywords that people gave it."""
    above = [title for title in chunk.headings if title not in chunk.content[:400]]
    parts = [" > ".join(above), chunk.content, chunk.answer, " ".join(chunk.keywords)]
    return "\n".join(part for part in parts if part)


def _now(dataset: Dataset) -> Dataset:
    return Dataset.objects.filter(id=dataset.id).first() or dataset


def _forget(dataset_id: UUID, *, document_id: UUID | None = None, chunk_ids: Sequence[UUID] = ()) -> None:
    ids = [str(each) for each in chunk_ids]
    forgetting.now_or_later(forgetting.forget, str(dataset_id), document_id and str(document_id), ids)


def _forget_moved(dataset_id: UUID, chunk_ids: Sequence[UUID]) -> None:
    """Vectors of texts that were, where they had been put before the text changed."""
    dataset = Dataset.objects.filter(id=dataset_id).exclude(moving={}).first()
    if dataset is not None:
        store, coming = vectors.places_of(dataset)[-1]
        ids = [str(each) for each in chunk_ids]
        forgetting.now_or_later(forgetting.forget_chunks, store, str(dataset_id), coming.generation, ids)


def forget_collection(store: str, collection: vectors.Collection) -> None:
    forgetting.now_or_later(forgetting.forget_collection, store, str(collection.dataset_id), collection.generation)
