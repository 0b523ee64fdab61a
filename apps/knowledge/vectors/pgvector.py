"""Vectors in PostgreSQL, in one table of pgvector's for all datasets, beside Weft's own tables.

Few vectors are compared one by one, which is exact; a collection that has grown has an index (see `hnsw`). The table is
made at the first use: an installation on Chroma needs no extension.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from django.db import DatabaseError, connection, transaction

from apps.knowledge.allowed import Allowed
from apps.knowledge.vectors import hnsw
from apps.knowledge.vectors.store import Collection, Numbers, OtherLengthError, Vector, VectorStoreError, unit_vectors
from weft.db.aio import call_db

P = ParamSpec("P")
T = TypeVar("T")

_SCHEMA = """
SELECT pg_advisory_xact_lock(hashtextextended('knowledge_vector', 0));
CREATE EXTENSION IF NOT EXISTS vector;
CREATE TABLE IF NOT EXISTS knowledge_vector (
    dataset_id uuid NOT NULL,
    generation integer NOT NULL,
    chunk_id uuid NOT NULL,
    document_id uuid NOT NULL,
    embedding vector NOT NULL,
    PRIMARY KEY (dataset_id, generation, chunk_id)
);
CREATE INDEX IF NOT EXISTS knowledge_vector_document ON knowledge_vector (dataset_id, generation, document_id);
"""
_OF = "dataset_id = %(dataset_id)s AND generation = %(generation)s"
_UPSERT = """
INSERT INTO knowledge_vector (dataset_id, generation, chunk_id, document_id, embedding)
SELECT %(dataset_id)s, %(generation)s, chunk_id, %(document_id)s, embedding::vector
FROM unnest(%(ids)s::uuid[], %(vectors)s::text[]) AS given (chunk_id, embedding) ORDER BY chunk_id
ON CONFLICT (dataset_id, generation, chunk_id)
DO UPDATE SET document_id = excluded.document_id, embedding = excluded.embedding
"""
_LENGTH = f"SELECT vector_dims(embedding) FROM knowledge_vector WHERE {_OF} LIMIT 1"
# Sorted twice: the index knows the order only roughly, and may keep numbers of half the width.
_NEAREST = f"""
SELECT chunk_id, similarity FROM (
    SELECT chunk_id, -(embedding <#> %(vector)s::vector) AS similarity FROM knowledge_vector
    WHERE {_OF}{{filters}} ORDER BY {{distance}} LIMIT %(reach)s
) AS near ORDER BY similarity DESC, chunk_id LIMIT %(depth)s
"""
_IN_DOCUMENTS = f"SELECT 1 FROM knowledge_vector WHERE {_OF} AND document_id = ANY(%(documents)s) LIMIT %(limit)s"


class Pgvector:
    """The store in Weft's own database."""

    async def upsert(
        self, collection: Collection, document_id: UUID, ids: Sequence[UUID], vectors: Sequence[Vector]
    ) -> None:
        if ids:
            await _call(_upsert, collection, document_id, ids, unit_vectors(vectors))

    async def query(
        self, collection: Collection, vector: Vector, depth: int, allowed: Allowed | None = None
    ) -> list[tuple[UUID, float]]:
        return await _call(_query, collection, unit_vectors([vector]), depth, allowed) if depth > 0 else []

    async def read(self, collection: Collection, ids: Sequence[UUID]) -> dict[UUID, list[float]]:
        rows = await _call(
            _read, "chunk_id, embedding::real[]", collection, " AND chunk_id = ANY(%(ids)s)", ids=list(ids)
        )
        return dict(rows)

    async def count(self, collection: Collection) -> int:
        rows = await _call(_read, "count(*)", collection)
        return int(rows[0][0]) if rows else 0

    async def ids(self, collection: Collection) -> set[UUID]:
        return {id_ for (id_,) in await _call(_read, "chunk_id", collection)}

    async def ids_of_document(self, collection: Collection, document_id: UUID) -> set[UUID]:
        rows = await _call(_read, "chunk_id", collection, " AND document_id = %(document)s", document=document_id)
        return {id_ for (id_,) in rows}

    async def forget_ids(self, collection: Collection, ids: Sequence[UUID]) -> None:
        await _call(_delete, collection, " AND chunk_id = ANY(%(ids)s)", ids=list(ids))

    async def forget_document(self, collection: Collection, document_id: UUID) -> None:
        await _call(_delete, collection, " AND document_id = %(document)s", document=document_id)

    async def forget(self, collection: Collection) -> None:
        await _call(_forget, collection)

    async def collections(self, dataset_id: UUID | None = None) -> set[Collection]:
        return await _call(_all, dataset_id)


async def _call(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    def call() -> T:
        try:
            return work(*args, **kwargs)
        except DatabaseError as exc:
            raise VectorStoreError(0, f"PostgreSQL did not do it: {str(exc).partition(chr(10))[0]}") from exc

    return await call_db(call)


def _execute(statement: str, collection: Collection, **params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"dataset_id": collection.dataset_id, "generation": collection.generation, **params})
        return list(cursor.fetchall()) if cursor.description else []


def _read(columns: str, collection: Collection, filters: str = "", **params: Any) -> list[tuple[Any, ...]]:
    if not _has_table():
        return []
    return _execute(f"SELECT {columns} FROM knowledge_vector WHERE {_OF}{filters}", collection, **params)


def _delete(collection: Collection, filters: str = "", **params: Any) -> None:
    if _has_table():
        _execute(f"DELETE FROM knowledge_vector WHERE {_OF}{filters}", collection, **params)


def _forget(collection: Collection) -> None:
    _delete(collection)
    if _has_table():
        hnsw.tend_soon(collection)


def _all(dataset_id: UUID | None) -> set[Collection]:
    """Those with vectors, and those of which only an index is left."""
    if not _has_table():
        return set()
    where = "" if dataset_id is None else " WHERE dataset_id = %(id)s"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT dataset_id, generation FROM knowledge_vector{where}", {"id": dataset_id})
        found = {Collection(*row) for row in cursor.fetchall()}
    return found | {each for each in hnsw.collections() if dataset_id in (None, each.dataset_id)}


def _upsert(collection: Collection, document_id: UUID, ids: Sequence[UUID], vectors: Numbers) -> None:
    # the same id twice in one statement is an error to PostgreSQL; the last one counts
    latest = dict(zip(ids, map(_text, vectors), strict=True))
    if not _has_table():
        _make_table()
    with transaction.atomic():
        lengths = _execute(_LENGTH, collection)
        if not lengths:
            # of two first batches with different lengths, one waits here and is then refused
            _execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%(key)s, 0))", collection, key=hnsw.name_of(collection)
            )
            lengths = _execute(_LENGTH, collection)
        if lengths and lengths[0][0] != vectors.shape[1]:
            raise OtherLengthError(lengths[0][0], vectors.shape[1], str(collection.dataset_id))
        _execute(_UPSERT, collection, document_id=document_id, ids=list(latest), vectors=list(latest.values()))
    hnsw.tend_soon(collection)


def _query(collection: Collection, vector: Numbers, depth: int, allowed: Allowed | None) -> list[tuple[UUID, float]]:
    """By the index where there is one and much is allowed; one by one else, and where the index found too few."""
    if not _has_table():
        return []
    lengths = _execute(_LENGTH, collection)
    if lengths and lengths[0][0] != vector.shape[1]:
        raise OtherLengthError(lengths[0][0], vector.shape[1], str(collection.dataset_id))
    found: list[tuple[UUID, float]] = []
    if hnsw.is_built(collection) and not _is_little(collection, allowed):
        found = _nearest(collection, vector, depth, allowed, by_index=True)
    return found if len(found) == depth else _nearest(collection, vector, depth, allowed, by_index=False)


def _is_little(collection: Collection, allowed: Allowed | None) -> bool:
    if allowed is None or allowed.documents is None:
        return False
    rows = _execute(_IN_DOCUMENTS, collection, documents=list(allowed.documents), limit=hnsw.FROM)
    return len(rows) < hnsw.FROM


def _nearest(
    collection: Collection, vector: Numbers, depth: int, allowed: Allowed | None, *, by_index: bool
) -> list[tuple[UUID, float]]:
    filters, params = _filters(allowed or Allowed())
    exact = "embedding <#> %(vector)s::vector, chunk_id"
    distance, reach = (hnsw.distance(vector.shape[1]), 2 * depth) if by_index else (exact, depth)
    statement = _NEAREST.format(filters=filters, distance=distance)
    with transaction.atomic():
        if by_index:
            _execute(hnsw.SETTINGS, collection)
        return _execute(statement, collection, vector=_text(vector[0]), depth=depth, reach=reach, **params)


def _filters(allowed: Allowed) -> tuple[str, dict[str, Any]]:
    """Conditions with their parameters; none for what is empty."""
    filters, params = "", {}
    if allowed.documents is not None:
        filters += " AND document_id = ANY(%(documents)s::uuid[])"
        params["documents"] = list(allowed.documents)
    if allowed.without_documents:
        filters += " AND document_id <> ALL(%(without_documents)s)"
        params["without_documents"] = list(allowed.without_documents)
    if allowed.without_chunks:
        filters += " AND chunk_id <> ALL(%(without_chunks)s)"
        params["without_chunks"] = list(allowed.without_chunks)
    return filters, params


def _has_table() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('knowledge_vector') IS NOT NULL")
        return bool(cursor.fetchone()[0])


def _make_table() -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_SCHEMA)
    except DatabaseError as exc:
        message = (
            "PostgreSQL could not be prepared for vectors: install pgvector there and let Weft's user create the "
            f"extension `vector`, or set WEFT_VECTOR_STORE=chroma. It said: {str(exc).partition(chr(10))[0]}"
        )
        raise VectorStoreError(0, message) from exc


def _text(vector: Numbers) -> str:
    return "[" + ",".join(format(each, ".8g") for each in vector.tolist()) + "]"
