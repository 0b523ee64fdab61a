"""Why a passage was not found, or where it came: the same search again, followed with one passage in sight.

The verdict is the first stage that stopped it, with the score it had there and the one it would have needed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from apps.knowledge import lexical, metadata, vectors
from apps.knowledge.analysis.missing import missing_words
from apps.knowledge.models import Chunk, ChunkKind
from apps.knowledge.search.found import Placed, Request
from apps.knowledge.search.legs import embedded
from apps.knowledge.search.searching import close, traced
from apps.knowledge.search.settings import DEPTH
from apps.knowledge.search.trace import STAGES, Trace
from apps.knowledge.vectors import VectorStoreError
from weft.db.aio import call_db, release
from weft.http import egress
from weft.http.errors import not_found
from workflows.errors import ModelError

_MAX_WORDS = 30


@dataclass(frozen=True, slots=True)
class Why:
    """`stage` is where it ended: `shown`, or what stopped it. `score` is what it had there, `cutoff` what it would have
    needed, `rank` its place there from 1, `other` the passage that stands for it or before it. `scores` are those of
    every stage it came through, `details` what else there is to say."""

    stage: str
    score: float | None = None
    cutoff: float | None = None
    rank: int | None = None
    other: UUID | None = None
    scores: dict[str, Placed] = field(default_factory=dict)
    details: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Row:
    """The chunk as it is now."""

    chunk: Chunk
    searched: list[UUID]
    text: str


def why_not(workspace_id: UUID, request: Request, chunk_id: UUID) -> Why:
    """Raises `not_found` for a chunk that is in none of the searched datasets, RetrievalError as the search does."""
    release()

    async def work() -> Why:
        try:
            return await why_not_async(workspace_id, request, chunk_id)
        finally:
            await close()

    return egress.run_sync(work)


async def why_not_async(workspace_id: UUID, request: Request, chunk_id: UUID) -> Why:
    trace = await traced(workspace_id, request)
    row = await call_db(_row, [target.id for target in trace.targets], chunk_id)
    if (off := await call_db(_switched_off, trace, row.chunk)) is not None:
        return off
    searched = row.searched
    seen = [each for each in searched if each in trace.fused]
    if not seen:
        return await _below_the_legs(trace, row)
    best = min(seen, key=lambda each: trace.rank("fused", each))
    return _followed(trace, row.chunk, best)


def _row(dataset_ids: list[UUID], chunk_id: UUID) -> _Row:
    rows = Chunk.objects.filter(dataset_id__in=dataset_ids, id=chunk_id).select_related("document", "parent")
    chunk = rows.first()
    if chunk is None:
        raise not_found("passage")
    searched = [chunk.id]
    if chunk.kind == ChunkKind.PARENT:
        searched = list(Chunk.objects.filter(parent_id=chunk.id).values_list("id", flat=True))
    return _Row(chunk, searched, f"{chunk.content}\n{chunk.answer}")


def _switched_off(trace: Trace, chunk: Chunk) -> Why | None:
    """What keeps it from every search, or from those with this filter."""
    document = chunk.document
    if not document.is_enabled:
        return Why("document_disabled")
    if document.is_archived:
        return Why("document_archived")
    if not chunk.is_enabled or (chunk.parent is not None and not chunk.parent.is_enabled):
        return Why("disabled")
    failing = [each for one in trace.filters for each in metadata.failing(one, document)]
    if failing:
        conditions = [each.model_dump() | {"found": document.metadata.get(each.name)} for each in failing]
        return Why("filter", details={"conditions": conditions})
    return None


async def _below_the_legs(trace: Trace, row: _Row) -> Why:
    """In neither list: how far it is from each, by searching on."""
    question = trace.wordings.question
    scores: dict[str, Placed] = {}
    target = next(each for each in trace.local if each.id == row.chunk.dataset_id)
    weight = {**trace.weights[target.id].details(), "model": target.model}
    details: dict[str, object] = {"depth": DEPTH, "is_indexed": row.chunk.is_indexed, "weight": weight}
    shares = [weight.share for weight in trace.weights.values()]
    if any(share < 1 for share in shares):
        ids = [each.id for each in trace.local if trace.weights[each.id].share < 1]
        found = await call_db(lexical.placed, ids, question, row.searched, trace.allowed)
        placed = [(each.score, each.rank) for each in found if each.rank is not None]
        if placed:
            score, rank = max(placed)
            scores["lexical"] = Placed(round(score, 4), rank or 0)
        else:
            details["missing_words"] = missing_words(question, row.text)[:_MAX_WORDS]
    similarity: float | None = None
    if any(share > 0 for share in shares):
        if not row.chunk.is_indexed and row.chunk.kind != ChunkKind.PARENT:
            return Why("not_indexed", scores=scores, details=details)
        similarity = await _similarity(trace, row)
        if similarity is not None:
            details["similarity"] = round(similarity, 4)
    cutoffs = {"lexical": trace.lexical.cutoff, "vector": trace.vector.cutoff}
    rounded = {name: round(cutoff, 4) for name, cutoff in cutoffs.items() if cutoff is not None}
    details["cutoffs"] = rounded
    if "lexical" in scores:
        placed_at = scores["lexical"]
        cutoff = rounded.get("lexical")
        return Why("depth", placed_at.score, cutoff, placed_at.rank, scores=scores, details=details)
    if similarity is not None:
        return Why("depth", round(similarity, 4), rounded.get("vector"), scores=scores, details=details)
    return Why("no_terms", details=details)


async def _similarity(trace: Trace, row: _Row) -> float | None:
    """The cosine of the question and the nearest of the chunk's vectors; None where there is none to be had."""
    target = next(each for each in trace.targets if each.id == row.chunk.dataset_id)
    try:
        asked, _ = await embedded(
            trace.workspace_id, target.provider, target.model, trace.wordings.question, cached=trace.settings.cache
        )
        stored = await vectors.store_named(target.store).read(target.collection, row.searched)
    except (ModelError, VectorStoreError):
        return None
    return max((_cosine(asked, vector) for vector in stored.values()), default=None)


def _followed(trace: Trace, chunk: Chunk, best: UUID) -> Why:
    """It was a candidate: to the end, or to the stage that lost it."""
    scores = {
        name: Placed(round(trace.stage(name)[best], 4), trace.rank(name, best))
        for name in STAGES
        if best in trace.stage(name)
    }
    for rank, hit in enumerate(trace.hits, start=1):
        if hit.chunk_id == chunk.id:
            return Why("shown", hit.score, rank=rank, scores=scores)
    for rank, hit in enumerate(trace.hits, start=1):
        if any(child.place.chunk_id == best for child in hit.children):
            return Why("shown", trace.scores[best], rank=rank, other=hit.chunk_id, scores=scores)
    loss = trace.lost.get(best)
    if loss is None:
        return Why("gone", scores=scores)
    details: dict[str, object] = {}
    if "rerank" in scores and "fused" in scores:
        details["moved"] = scores["fused"].rank - scores["rerank"].rank
    score = loss.score if loss.score is not None else trace.scores.get(best)
    return Why(loss.stage, score, loss.cutoff, loss.rank, loss.to, scores, details)


def _cosine(left: list[float], right: list[float]) -> float:
    if len(left) != len(right):
        return 0.0
    length = (sum(a * a for a in left) * sum(b * b for b in right)) ** 0.5
    return sum(a * b for a, b in zip(left, right, strict=True)) / length if length else 0.0
