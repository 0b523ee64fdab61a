"""The index of a grown collection in pgvector's table: a partial one, over its rows alone, cast to their length.

A worker makes and drops it with CONCURRENTLY, outside any transaction, so that nobody waits for it; until it is there
searches compare one by one.
"""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.db import connection

from apps.knowledge.dispatch import send
from apps.knowledge.vectors.store import Collection

# Comparing so many one by one takes some 20 ms. Below, results are exact.
FROM = 10_000
_WHOLE, _HALVES = 2000, 4000
_NAME = re.compile(r"knowledge_vector_([0-9a-f]{32})_(\d+)")
SETTINGS = """
SET LOCAL hnsw.ef_search = 400; SET LOCAL hnsw.iterative_scan = relaxed_order; SET LOCAL enable_seqscan = off
"""
_COUNT = (
    "SELECT count(*) FROM "
    "(SELECT 1 FROM knowledge_vector WHERE dataset_id = %s AND generation = %s LIMIT %s) AS counted"
)
_LENGTH = "SELECT vector_dims(embedding) FROM knowledge_vector WHERE dataset_id = %s AND generation = %s LIMIT 1"


def name_of(collection: Collection) -> str:
    return f"knowledge_vector_{collection.dataset_id.hex}_{collection.generation}"


def distance(length: int) -> str:
    """What to order by for the index to serve; `vector` is the parameter's name."""
    return f"({_column(length)}) <#> %(vector)s::{_type(length)}"


def is_built(collection: Collection) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [name_of(collection)])
        return bool(cursor.fetchone() == (True,))


def collections() -> set[Collection]:
    """Those that have an index, finished or not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'i' AND relname LIKE 'knowledge\\_vector\\_%'")
        named = [_NAME.fullmatch(name) for (name,) in cursor.fetchall()]
    return {Collection(UUID(each[1]), int(each[2])) for each in named if each}


def tend_soon(collection: Collection) -> None:
    """Ask a worker for the index where the collection has grown to need one, and to drop that of an emptied one."""
    is_due = not _has_at_least(collection, 1) if is_built(collection) else _has_at_least(collection, FROM)
    if is_due:
        send("index_vectors", str(collection.dataset_id), collection.generation)


def tend(collection: Collection) -> bool:
    """Whether there is an index afterwards. Goes away when another process is at it. Not for use in a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name_of(collection)])
        if cursor.fetchone() != (True,):
            return False
        try:
            if not _has_at_least(collection, 1):
                _drop(collection)
                return False
            return is_built(collection) or (_has_at_least(collection, FROM) and _create(collection))
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name_of(collection)])


def _drop(collection: Collection) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name_of(collection)}")


def _create(collection: Collection) -> bool:
    where: list[Any] = [collection.dataset_id, collection.generation]
    with connection.cursor() as cursor:
        cursor.execute(_LENGTH, where)
        [length] = cursor.fetchone()
        if length > _HALVES:
            return False
        # one that a dead process left unfinished
        _drop(collection)
        cursor.execute("SET maintenance_work_mem = '256MB'")
        try:
            cursor.execute(
                f"CREATE INDEX CONCURRENTLY {name_of(collection)} ON knowledge_vector "
                f"USING hnsw (({_column(length)}) {_type(length).partition('(')[0]}_ip_ops) "
                "WITH (ef_construction = 128) WHERE dataset_id = %s AND generation = %s",
                where,
            )
        finally:
            cursor.execute("RESET maintenance_work_mem")
    return True


def _has_at_least(collection: Collection, count: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [collection.dataset_id, collection.generation, count])
        return bool(cursor.fetchone() == (count,))


def _column(length: int) -> str:
    return f"embedding::{_type(length)}"


def _type(length: int) -> str:
    return f"vector({length})" if length <= _WHOLE else f"halfvec({length})"
