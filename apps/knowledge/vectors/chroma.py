"""Vectors in Chroma: one collection a dataset and generation, the chunk's id as the vector's id, cosine distance.

Speaks Chroma's HTTP API directly: its Python client costs a process 64 MB and a second of import for a few calls.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from apps.knowledge.allowed import Allowed
from apps.knowledge.vectors.store import Collection, Numbers, OtherLengthError, Vector, VectorStoreError, unit_vectors
from weft.http import egress
from workflows.addresses import Policy

_TIMEOUT_S = 30.0
_PAGE = 1000
_MAX_IN = 10_000
_MAX_RESULTS = 50_000
# Each worker may find that another has just replaced an emptied collection.
_TRIES = 5
# Among 5,000 vectors the nearest 100 are then exactly found; with Chroma's own settings 2 of 100 are missed (measured).
_HNSW = {"space": "cosine", "ef_search": 400, "ef_construction": 200, "max_neighbors": 32}
_OTHER_LENGTH = re.compile(r"expecting embedding with dimension of (\d+), got (\d+)")
_NAME = re.compile(r"dataset-([0-9a-f]{32})(?:-(\d+))?")


class Chroma:
    """The store at `CHROMA_URL`."""

    async def upsert(
        self, collection: Collection, document_id: UUID, ids: Sequence[UUID], vectors: Sequence[Vector]
    ) -> None:
        if not ids:
            return
        body = {
            "ids": [str(each) for each in ids],
            "embeddings": _rounded(unit_vectors(vectors)),
            "metadatas": [{"document_id": str(document_id)}] * len(ids),
        }
        for _ in range(_TRIES):
            collection_id = str(await _collection(collection, create=True))
            try:
                if await _upserted(collection_id, body):
                    return
            except VectorStoreError as exc:
                if await _collection(collection) == collection_id:
                    raise (exc.of(str(collection.dataset_id)) if isinstance(exc, OtherLengthError) else exc) from exc
                # another worker has just replaced it
        raise VectorStoreError(0, f"Chroma lost the collection of dataset {collection.dataset_id} again and again.")

    async def query(
        self, collection: Collection, vector: Vector, depth: int, allowed: Allowed | None = None
    ) -> list[tuple[UUID, float]]:
        collection_id = await _collection(collection)
        if collection_id is None or depth < 1:
            return []
        [row] = _rounded(unit_vectors([vector]))
        found: list[tuple[UUID, float]] = []
        try:
            for where in _filters(allowed):
                found += await _nearest(collection_id, row, depth, where, allowed)
        except OtherLengthError as exc:
            if await self.count(collection):
                raise exc.of(str(collection.dataset_id)) from exc
            return []
        return sorted(found, key=lambda each: (-each[1], each[0]))[:depth]

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
        return await _count(collection_id) if collection_id else 0

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

    async def collections(self, dataset_id: UUID | None = None) -> set[Collection]:
        named = [_NAME.fullmatch(name) async for name in _names()]
        found = {Collection(UUID(each[1]), int(each[2] or 1)) for each in named if each}
        return {each for each in found if dataset_id in (None, each.dataset_id)}

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


async def _count(collection_id: str) -> int:
    return int(await _call("GET", f"/collections/{collection_id}/count"))


async def _upserted(collection_id: str, body: dict[str, Any]) -> bool:
    """False where the collection was empty and remembered the length of vectors that are gone: it is removed then."""
    try:
        await _call("POST", f"/collections/{collection_id}/upsert", body)
    except OtherLengthError:
        if await _count(collection_id):
            raise
        await _remove(collection_id)
        return False
    return True


async def _remove(collection_id: str) -> None:
    """Chroma deletes by name, under which another worker may have made the next one by now. So this one, which its id
    alone tells, is renamed first."""
    name = f"emptied-{collection_id}"
    await _call("PUT", f"/collections/{collection_id}", {"new_name": name})
    await _call("DELETE", f"/collections/{name}")


async def _nearest(
    collection_id: str, vector: list[float], depth: int, where: Mapping[str, Any], allowed: Allowed | None
) -> list[tuple[UUID, float]]:
    """The nearest that `where` takes, less what it could not leave out; asked for deeper while that is much."""
    more = depth + (min(depth, len(allowed.without_chunks)) if allowed else 0)
    while True:
        body = {"query_embeddings": [vector], "n_results": more, "include": ["distances", "metadatas"], **where}
        answer = await _call("POST", f"/collections/{collection_id}/query", body)
        rows = zip(answer["ids"][0], answer["distances"][0], answer["metadatas"][0], strict=True)
        found = [(UUID(id_), 1.0 - distance) for id_, distance, facts in rows if _may(UUID(id_), facts, allowed)]
        if len(found) >= depth or len(answer["ids"][0]) < more or more >= _MAX_RESULTS:
            return found
        more = min(_MAX_RESULTS, more * 4)


def _may(chunk_id: UUID, facts: Mapping[str, Any], allowed: Allowed | None) -> bool:
    return allowed is None or not (
        chunk_id in allowed.without_chunks or UUID(facts["document_id"]) in allowed.without_documents
    )


def _filters(allowed: Allowed | None) -> Iterator[dict[str, Any]]:
    """One search for each: Chroma takes so many ids in a condition and no more. They share no document."""
    if allowed is None:
        yield {}
    elif allowed.documents is not None:
        documents = sorted(allowed.documents - allowed.without_documents)
        for start in range(0, len(documents), _MAX_IN):
            yield _where("$in", documents[start : start + _MAX_IN])
    elif allowed.without_documents:
        yield _where("$nin", sorted(allowed.without_documents)[:_MAX_IN])
    else:
        yield {}


def _where(operator: str, documents: Sequence[UUID]) -> dict[str, Any]:
    return {"where": {"document_id": {operator: [str(each) for each in documents]}}}


def _rounded(rows: Numbers) -> list[list[float]]:
    """With the digits that a 32-bit number has: half as many bytes on the way."""
    return [[round(each, 8) for each in row] for row in rows.tolist()]


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
        body = {"name": name, "get_or_create": True, "configuration": {"hnsw": _HNSW}}
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
        if lengths := _OTHER_LENGTH.search(said):
            raise OtherLengthError(int(lengths[1]), int(lengths[2]), path)
        raise VectorStoreError(response.status, f"Chroma refused {method} {path}: {said}")
    return json.loads(response.body or b"{}")


def _policy() -> Policy:
    """Requests to Chroma's own address, wherever the operator put it, and to no other."""
    parts = urlsplit(settings.CHROMA_URL)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return Policy.of([f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"])
