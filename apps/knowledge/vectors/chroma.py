"""Vectors in Chroma: one collection a dataset and generation, the chunk's id as the vector's id, cosine distance.

Speaks Chroma's HTTP API directly: its Python client costs a process 64 MB and a second of import for a few calls.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from apps.knowledge.allowed import Allowed
from apps.knowledge.vectors.store import Collection, Vector, VectorStoreError
from weft.http import egress
from workflows.addresses import Policy

_TIMEOUT_S = 30.0
_PAGE = 1000
_NAME = re.compile(r"dataset-([0-9a-f]{32})(?:-(\d+))?")


class Chroma:
    """The store at `CHROMA_URL`."""

    async def upsert(
        self, collection: Collection, document_id: UUID, ids: Sequence[UUID], vectors: Sequence[Vector]
    ) -> None:
        if not ids:
            return
        collection_id = await _collection(collection, create=True)
        body = {
            "ids": [str(each) for each in ids],
            "embeddings": [list(each) for each in vectors],
            "metadatas": [{"document_id": str(document_id)}] * len(ids),
        }
        await _call("POST", f"/collections/{collection_id}/upsert", body)

    async def query(
        self, collection: Collection, vector: Vector, depth: int, allowed: Allowed | None = None
    ) -> list[tuple[UUID, float]]:
        collection_id = await _collection(collection)
        if collection_id is None:
            return []
        body = {"query_embeddings": [list(vector)], "n_results": depth, "include": ["distances"]}
        found = await _call("POST", f"/collections/{collection_id}/query", body)
        pairs = zip(found["ids"][0], found["distances"][0], strict=True)
        return sorted(((UUID(id_), 1.0 - distance) for id_, distance in pairs), key=lambda each: (-each[1], each[0]))

    async def read(self, collection: Collection, ids: Sequence[UUID]) -> dict[UUID, list[float]]:
        found: dict[UUID, list[float]] = {}
        collection_id = await _collection(collection)
        for start in range(0, len(ids) if collection_id else 0, _PAGE):
            body = {"ids": [str(each) for each in ids[start : start + _PAGE]], "include": ["embeddings"]}
            page = await _call("POST", f"/collections/{collection_id}/get", body)
            found.update((UUID(id_), vector) for id_, vector in zip(page["ids"], page["embeddings"], strict=True))
        return found

    async def count(self, collection: Collection) -> int:
        collection_id = await _collection(collection)
        return int(await _call("GET", f"/collections/{collection_id}/count")) if collection_id else 0

    async def ids(self, collection: Collection) -> set[UUID]:
        return await self._ids(collection, {})

    async def ids_of_document(self, collection: Collection, document_id: UUID) -> set[UUID]:
        return await self._ids(collection, {"where": {"document_id": str(document_id)}})

    async def forget_ids(self, collection: Collection, ids: Sequence[UUID]) -> None:
        collection_id = await _collection(collection)
        for start in range(0, len(ids) if collection_id else 0, _PAGE):
            body = {"ids": [str(each) for each in ids[start : start + _PAGE]]}
            await _call("POST", f"/collections/{collection_id}/delete", body)

    async def forget_document(self, collection: Collection, document_id: UUID) -> None:
        collection_id = await _collection(collection)
        if collection_id is not None:
            await _call("POST", f"/collections/{collection_id}/delete", {"where": {"document_id": str(document_id)}})

    async def forget(self, collection: Collection) -> None:
        try:
            await _call("DELETE", f"/collections/{_name(collection)}")
        except VectorStoreError as exc:
            if exc.status != 404:
                raise

    async def collections(self) -> set[Collection]:
        named = [_NAME.fullmatch(name) async for name in _names()]
        return {Collection(UUID(each[1]), int(each[2] or 1)) for each in named if each}

    async def _ids(self, collection: Collection, where: dict[str, Any]) -> set[UUID]:
        collection_id = await _collection(collection)
        found: set[UUID] = set()
        offset = 0
        while collection_id is not None:
            body = {**where, "include": [], "limit": _PAGE, "offset": offset}
            page = (await _call("POST", f"/collections/{collection_id}/get", body))["ids"]
            found.update(UUID(each) for each in page)
            offset += len(page)
            if len(page) < _PAGE:
                break
        return found


def _name(collection: Collection) -> str:
    """The first generation's has no number: so were all named before there were others."""
    number = f"-{collection.generation}" if collection.generation > 1 else ""
    return f"dataset-{collection.dataset_id.hex}{number}"


async def _names() -> AsyncIterator[str]:
    offset = 0
    while page := await _call("GET", f"/collections?limit={_PAGE}&offset={offset}"):
        for each in page:
            yield str(each["name"])
        offset += len(page)


async def _collection(collection: Collection, *, create: bool = False) -> str | None:
    name = _name(collection)
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
