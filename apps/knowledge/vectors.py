"""Vectors in Chroma: one collection a dataset, the chunk's id as the vector's id, cosine distance, our own embeddings.

Speaks Chroma's HTTP API directly: its Python client costs a process 64 MB and a second of import for five calls.
The collection is a cache of the chunk table; nothing is read from it but ids and distances.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from weft.http import egress
from workflows.addresses import Policy

_TIMEOUT_S = 30.0
_PAGE = 1000


class VectorStoreError(Exception):
    """Chroma did not do it. `status` is 0 when it did not answer at all."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def collection_name(dataset_id: UUID) -> str:
    return f"dataset-{dataset_id.hex}"


async def upsert(dataset_id: UUID, document_id: UUID, ids: Sequence[UUID], vectors: Sequence[Sequence[float]]) -> None:
    """Store vectors under the chunks' ids; storing one again replaces it. The first call makes the collection."""
    collection_id = await _collection(dataset_id, create=True)
    body = {
        "ids": [str(each) for each in ids],
        "embeddings": [list(each) for each in vectors],
        "metadatas": [{"document_id": str(document_id)}] * len(ids),
    }
    await _call("POST", f"/collections/{collection_id}/upsert", body)


async def query(dataset_id: UUID, vector: Sequence[float], n_results: int) -> list[tuple[UUID, float]]:
    """The nearest chunks with their cosine similarity, best first; none where nothing is indexed yet."""
    collection_id = await _collection(dataset_id)
    if collection_id is None:
        return []
    body = {"query_embeddings": [list(vector)], "n_results": n_results, "include": ["distances"]}
    found = await _call("POST", f"/collections/{collection_id}/query", body)
    return [(UUID(id_), 1.0 - distance) for id_, distance in zip(found["ids"][0], found["distances"][0], strict=True)]


async def ids_of_document(dataset_id: UUID, document_id: UUID) -> set[UUID]:
    """The ids that the collection holds for a document."""
    collection_id = await _collection(dataset_id)
    found: set[UUID] = set()
    while collection_id is not None:
        body = {"where": {"document_id": str(document_id)}, "include": [], "limit": _PAGE, "offset": len(found)}
        page = (await _call("POST", f"/collections/{collection_id}/get", body))["ids"]
        found.update(UUID(each) for each in page)
        if len(page) < _PAGE:
            break
    return found


async def forget_document(dataset_id: UUID, document_id: UUID) -> None:
    collection_id = await _collection(dataset_id)
    if collection_id is not None:
        await _call("POST", f"/collections/{collection_id}/delete", {"where": {"document_id": str(document_id)}})


async def forget_dataset(dataset_id: UUID) -> None:
    try:
        await _call("DELETE", f"/collections/{collection_name(dataset_id)}")
    except VectorStoreError as exc:
        if exc.status != 404:
            raise


async def _collection(dataset_id: UUID, *, create: bool = False) -> str | None:
    name = collection_name(dataset_id)
    if create:
        body = {"name": name, "get_or_create": True, "configuration": {"hnsw": {"space": "cosine"}}}
        return str((await _call("POST", "/collections", body))["id"])
    try:
        return str((await _call("GET", f"/collections/{name}"))["id"])
    except VectorStoreError as exc:
        if exc.status == 404:
            return None
        raise


async def _call(method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    url = f"{settings.CHROMA_URL.rstrip('/')}/api/v2/tenants/default_tenant/databases/default_database{path}"
    data = json.dumps(body).encode() if body is not None else None
    try:
        response = await egress.fetch(
            method,
            url,
            headers={"Content-Type": "application/json"},
            data=data,
            timeout_s=_TIMEOUT_S,
            max_bytes=64 * 1024 * 1024,
            policy=_policy(),
        )
    except egress.EgressError as exc:
        raise VectorStoreError(0, f"Chroma at {settings.CHROMA_URL} does not answer: {exc.message}") from exc
    if response.status >= 400:
        said = response.body.decode("utf-8", "replace")[:300]
        raise VectorStoreError(response.status, f"Chroma refused {method} {path}: {said}")
    return json.loads(response.body or b"{}")


def _policy() -> Policy:
    """Requests to Chroma's own address, wherever the operator put it, and to no other."""
    parts = urlsplit(settings.CHROMA_URL)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return Policy.of([f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"])
