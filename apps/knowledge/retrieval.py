"""Searching datasets: the one function behind the hit test, the retrieval node, the API and tools.

The score is the cosine similarity of question and passage, from 0 to 1. A question in a script that the embedding model
cannot read is searched by its terms instead; then the score is BM25 as a share of the best passage's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from apps.knowledge import lexical, vectors
from apps.knowledge.analysis import script_of
from apps.knowledge.models import Chunk, Dataset
from apps.providers import services as providers
from weft.db.aio import call_db, release
from weft.http import egress
from workflows.errors import ModelError, RetrievalError
from workflows.ports import RetrievalRequest

# How deep each search goes, independent of `top_k`, so that a longer list begins with the shorter one.
DEPTH = 50
MAX_TOP_K = 50
# Embedding models that read no Chinese, Japanese or Korean; with them a CJK question finds noise (measured).
_NO_CJK = ("all-minilm-l6-v2", "all-mpnet-base-v2", "bge-small-en", "bge-base-en", "bge-large-en", "e5-small-v2")


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found. `score` is 0 to 1; `method` says what it measures: `cosine` or `terms`."""

    chunk_id: UUID
    document_id: UUID
    document_name: str
    dataset_id: UUID
    dataset_name: str
    score: float
    method: str
    content: str
    headings: list[str]
    position: int
    page: int | None


@dataclass(frozen=True, slots=True)
class _Target:
    """A dataset as a search needs it."""

    id: UUID
    name: str
    provider: str
    model: str
    store: vectors.VectorStore
    collection: vectors.Collection


def retrieve(workspace_id: UUID, request: RetrievalRequest) -> list[Hit]:
    """The best passages, best first. Raises RetrievalError. Holds no connection while models and stores answer."""
    release()
    return egress.run_sync(lambda: retrieve_async(workspace_id, request))


async def retrieve_async(workspace_id: UUID, request: RetrievalRequest) -> list[Hit]:
    """The same from asynchronous code; no database connection is held while vectors are made and compared."""
    query = request.query.strip()
    targets = await call_db(_targets, workspace_id, request.dataset_ids)
    if not query or not targets:
        return []
    by_terms = [each for each in targets if script_of(query) == "cjk" and _reads_no_cjk(each.model)]
    by_vector = [each for each in targets if each not in by_terms]
    hits = await call_db(_term_hits, [each.id for each in by_terms], query) if by_terms else []
    try:
        scores = await _similar(workspace_id, by_vector, query)
    except ModelError as exc:
        raise RetrievalError(exc.code, exc.message) from exc
    except vectors.VectorStoreError as exc:
        raise RetrievalError(
            "vector_store_unavailable", f"The knowledge base cannot be searched now. {exc.message}"
        ) from exc
    hits += await call_db(_live_hits, scores, "cosine")
    hits.sort(key=lambda hit: (-hit.score, str(hit.chunk_id)))
    floor = request.score_threshold if request.score_threshold is not None else 0.0
    return [hit for hit in hits if hit.score >= floor][: max(1, min(request.top_k, MAX_TOP_K))]


def _reads_no_cjk(model: str) -> bool:
    return model.lower().rpartition("/")[2].startswith(_NO_CJK)


def _targets(workspace_id: UUID, dataset_ids: Sequence[str]) -> list[_Target]:
    wanted = [_uuid(each) for each in dict.fromkeys(dataset_ids)]
    found = {each.id: each for each in Dataset.objects.filter(workspace_id=workspace_id, id__in=wanted)}
    for dataset_id in wanted:
        if dataset_id not in found:
            message = f"There is no dataset {dataset_id} in this workspace. Choose another one in the node's settings."
            raise RetrievalError("dataset_not_found", message)
    rows = [found[dataset_id] for dataset_id in wanted]
    return [
        _Target(
            id=each.id,
            name=each.name,
            provider=each.embedding_provider,
            model=each.embedding_model,
            store=vectors.store_of(each),
            collection=vectors.collection_of(each),
        )
        for each in rows
    ]


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as exc:
        message = f"{text!r} is no dataset's id. Choose a dataset in the node's settings."
        raise RetrievalError("dataset_not_found", message) from exc


async def _similar(workspace_id: UUID, targets: Sequence[_Target], query: str) -> dict[UUID, float]:
    """Chunk ids with their similarity. The question is embedded once for each embedding model."""
    by_model: dict[tuple[str, str], list[_Target]] = defaultdict(list)
    for target in targets:
        by_model[target.provider, target.model].append(target)
    scores: dict[UUID, float] = {}
    for (provider, model), group in by_model.items():
        [vector] = await providers.embed(workspace_id, provider, model, [query])
        for target in group:
            found = await target.store.query(target.collection, vector, DEPTH)
            scores.update((chunk_id, min(1.0, max(0.0, score))) for chunk_id, score in found)
    return scores


def _term_hits(dataset_ids: Sequence[UUID], query: str) -> list[Hit]:
    found = lexical.search(dataset_ids, query, DEPTH)
    return _live_hits({each.chunk_id: each.score / found[0].score for each in found}, "terms")


def _live_hits(scores: dict[UUID, float], method: str) -> list[Hit]:
    """Joined with the live rows: what was deleted or is not yet wholly indexed does not show."""
    rows = Chunk.objects.filter(id__in=scores.keys()).select_related("document", "dataset")
    return [
        Hit(
            chunk_id=row.id,
            document_id=row.document_id,
            document_name=row.document.name,
            dataset_id=row.dataset_id,
            dataset_name=row.dataset.name,
            score=round(scores[row.id], 4),
            method=method,
            content=row.content,
            headings=row.headings,
            position=row.position,
            page=row.page,
        )
        for row in rows
    ]
