"""The first half of a search: from the question to every candidate with its fused score."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

from apps.knowledge import external, metadata, reading
from apps.knowledge.analysis import script_of
from apps.knowledge.models import MetadataField
from apps.knowledge.search import cache, fusion, legs, questions, rows, scoring, targets, weighing
from apps.knowledge.search.found import Place, Request, Step
from apps.knowledge.search.legs import LegResult
from apps.knowledge.search.rows import Candidate, Passage
from apps.knowledge.search.targets import Target
from apps.knowledge.search.trace import Trace
from apps.knowledge.vectors import VectorStoreError
from weft.db.aio import call_db
from workflows.errors import ModelError, RetrievalError

EXTERNAL = "external"


async def gather(trace: Trace, request: Request) -> None:
    """Fills in all that comes before the stages that order. Raises RetrievalError."""
    asked = trace.wordings.question
    if trace.settings.questions.choose:
        chosen = await questions.chosen(
            trace.workspace_id, asked, trace.settings.questions, trace.targets, trace.funnel
        )
        trace.targets = list(chosen)
    trace.wordings = await questions.wordings(
        trace.workspace_id, asked, trace.settings.questions, request.history, trace.funnel
    )
    await _filter(trace, request)
    await _legs(trace)
    for target in trace.targets:
        if target.is_external:
            await _external(trace, target)
    await _live(trace)
    _fuse(trace)
    await _strength(trace)


async def _filter(trace: Trace, request: Request) -> None:
    """The request's conditions, the settings', and those that a model reads in the question: all must hold."""
    started = time.monotonic()
    given = [each for each in (trace.settings.filter, request.filter) if each is not None and each.conditions]
    read = None
    ids = [target.id for target in trace.local]
    if trace.settings.questions.filter:
        fields = await call_db(_fields, ids)
        asked = trace.wordings.question
        read = await questions.conditions(trace.workspace_id, asked, trace.settings.questions, fields, trace.funnel)
    trace.filters = given if read is None else [*given, read]
    trace.allowed = await call_db(rows.allowed, ids, trace.filters)
    if trace.filters:
        documents = trace.allowed.documents if trace.allowed is not None else None
        details = {"given": [each.model_dump() for each in given], "by_model": read.model_dump() if read else None}
        total = await call_db(rows.count_documents, ids)
        trace.funnel.steps.append(Step("filter", total, len(documents or ()), since(started), details))


def _fields(dataset_ids: Sequence[UUID]) -> list[tuple[str, str]]:
    found = MetadataField.objects.filter(dataset_id__in=dataset_ids)
    return list(found.order_by("name").values_list("name", "type").distinct())


async def _legs(trace: Trace) -> None:
    """Both legs, or what they found for the same question a moment ago."""
    if not trace.local or (trace.allowed is not None and trace.allowed.documents == frozenset()):
        return
    if trace.settings.method != "lexical":
        trace.targets = await weighing.with_readings(trace.workspace_id, trace.targets, trace.funnel)
    question = trace.wordings.question
    trace.weights = weighing.weights(trace.settings, trace.local, question, trace.funnel)
    name = _cache_name(trace)
    known: Any = await cache.read(name) if trace.settings.cache else None
    if known is not None:
        trace.lexical, trace.vector = _leg(known["lexical"]), _leg(known["vector"])
        shares = [each.share for each in trace.weights.values()]
        for leg, result, asked in (
            ("lexical", trace.lexical, min(shares) < 1),
            ("vector", trace.vector, max(shares) > 0),
        ):
            if asked:
                trace.funnel.steps.append(Step(leg, None, len(result.raw), 0.0, {"cached": True}))
        return
    lexical_ids = [each.id for each in trace.local if trace.weights[each.id].share < 1]
    if lexical_ids:
        trace.lexical = await legs.by_terms(lexical_ids, trace.wordings.all, trace.allowed, trace.funnel)
    if await _vector_leg(trace) and trace.settings.cache:
        await cache.write(_cache_name(trace), {"lexical": _written(trace.lexical), "vector": _written(trace.vector)})


async def _vector_leg(trace: Trace) -> bool:
    """False when it failed. Hybrid search then goes on with terms alone, and says so."""
    asked = [each for each in trace.local if trace.weights[each.id].share > 0]
    if not asked:
        return True
    texts = [*trace.wordings.all, *trace.wordings.passages]
    cached = trace.settings.cache
    try:
        trace.vector = await legs.by_vectors(
            trace.workspace_id, asked, texts, trace.allowed, trace.funnel, cached=cached
        )
        # what one of several datasets lacks does not show in the whole
        if (not trace.vector.raw or len(asked) > 1) and await _have_moved(trace):
            asked = [each for each in trace.local if trace.weights[each.id].share > 0]
            trace.funnel.steps.pop()
            trace.vector = await legs.by_vectors(
                trace.workspace_id, asked, texts, trace.allowed, trace.funnel, cached=cached
            )
        return True
    except ModelError as exc:
        error = RetrievalError(exc.code, exc.message)
    except VectorStoreError as exc:
        message = f"The knowledge base cannot be searched by meaning now. {exc.message}"
        error = RetrievalError("vector_store_unavailable", message)
    if trace.settings.method == "vector":
        raise error
    trace.funnel.note("vector_leg_failed", f"Only words were searched for. {error.message}")
    return False


async def _have_moved(trace: Trace) -> bool:
    """Whether vectors moved elsewhere since the search began, and were looked for where they no longer are."""
    now = await call_db(targets.again, trace.targets)
    if [(each.store, each.collection) for each in now] == [(each.store, each.collection) for each in trace.targets]:
        return False
    trace.targets = await weighing.with_readings(trace.workspace_id, now, trace.funnel)
    return True


async def _external(trace: Trace, target: Target) -> None:
    """A service's passages become candidates under ids made of dataset and text, so that they stay the same."""
    started = time.monotonic()
    filter_ = metadata.joined(trace.filters)
    if filter_ is None and trace.filters:
        message = f"{target.name} was not asked: its service cannot be told conditions of which only some must hold."
        trace.funnel.note("external_filter_refused", message)
        return
    try:
        records = await external.retrieve(
            target.id,
            trace.wordings.question,
            top_k=trace.settings.top_k,
            threshold=trace.settings.threshold,
            filter_=filter_,
        )
    except RetrievalError as exc:
        if len(trace.targets) == 1:
            raise
        trace.funnel.note(exc.code, exc.message)
        return
    for position, record in enumerate(records):
        chunk_id = uuid5(target.id, record.content)
        if chunk_id in trace.external:
            continue
        document_id = uuid5(target.id, f"document:{record.title}")
        place = Place(
            chunk_id=chunk_id,
            document_id=document_id,
            document_name=record.title,
            dataset_id=target.id,
            dataset_name=target.name,
            position=position,
            headings=[],
            page=None,
            boxes=[],
            start=None,
            end=None,
        )
        trace.passages[chunk_id] = Passage(place, record.content, "", "passage", None, record.metadata, EXTERNAL, 0)
        trace.candidates[chunk_id] = Candidate(
            chunk_id, document_id, target.id, "passage", None, position, str(uuid5(document_id, record.content))
        )
        trace.external[chunk_id], trace.places[chunk_id] = record.score, position
    details = {"dataset_id": str(target.id), "name": target.name}
    trace.funnel.steps.append(Step(EXTERNAL, None, len(records), since(started), details))


async def _live(trace: Trace) -> None:
    started = time.monotonic()
    found = {*trace.vector.raw, *trace.lexical.raw}
    ids = [target.id for target in trace.local]
    trace.candidates |= await call_db(rows.live, ids, found, trace.filters)
    kept = sum(chunk_id in trace.candidates for chunk_id in found)
    trace.funnel.steps.append(Step("live", len(found), kept, since(started)))


def _fuse(trace: Trace) -> None:
    """What lives, in one order. Where one leg decides alone, its raw scores do."""
    started = time.monotonic()
    method, candidates = trace.settings.method, trace.candidates

    def share(chunk_id: UUID) -> float:
        return trace.weights[candidates[chunk_id].dataset_id].share

    vector = {key: score for key, score in trace.vector.scale.items() if key in candidates}
    lexical = {key: score for key, score in trace.lexical.scale.items() if key in candidates}
    if _one_leg(trace) and not trace.external:
        raw = trace.vector.raw or trace.lexical.raw
        fused = {key: max(0.0, score) for key, score in raw.items() if key in candidates}
    else:
        fuse = fusion.reciprocal if trace.settings.fusion == "rrf" and method == "hybrid" else fusion.weighted
        fused = fuse(vector, lexical, share) | fusion.scaled(trace.external, 0.0)
    trace.fused = fused
    trace.order = fusion.ordered(fused, trace.places)
    details = {
        "method": trace.settings.fusion if method == "hybrid" else method,
        "weights": [each.details() for each in trace.weights.values()],
        "in_both": len(vector.keys() & lexical.keys()),
    }
    trace.funnel.steps.append(Step("fusion", len(fused), len(fused), since(started), details))


async def _strength(trace: Trace) -> None:
    """How strong the best evidence is (see `scoring`)."""
    first = [each for each in fusion.ordered(trace.lexical.raw) if each in trace.candidates][: scoring.LOOKED_AT]
    trace.passages |= await call_db(rows.passages, first) if first else {}
    # one that was deleted meanwhile bears nothing out
    texts = [trace.passages[each].text for each in first if each in trace.passages]
    by_terms = scoring.share_of_terms(trace.wordings.question, texts) if texts else 0.0
    living = (score for key, score in trace.vector.raw.items() if key in trace.candidates)
    evidence = {
        "terms": by_terms,
        "vector": max(living, default=0.0),
        "external": max(trace.external.values(), default=0.0),
    }
    trace.strength = min(1.0, max(0.0, *evidence.values()))
    trace.scores = scoring.on_scale(trace.fused, trace.strength)
    trace.method = _method(trace)
    trace.funnel.steps[-1].details["strength"] = {key: round(value, 4) for key, value in evidence.items()}


def _one_leg(trace: Trace) -> bool:
    """Whether one leg's raw scores order everything: they do where they compare."""
    shares = {each.share for each in trace.weights.values()}
    models = {(each.provider, each.model) for each in trace.local}
    return shares == {0.0} or (shares == {1.0} and len(models) == 1) or (not trace.vector.raw and shares != {1.0})


def _method(trace: Trace) -> str:
    if trace.external:
        return "fused" if trace.vector.raw or trace.lexical.raw else EXTERNAL
    if not _one_leg(trace):
        return "fused"
    return "cosine" if trace.vector.raw else "terms"


def _cache_name(trace: Trace) -> str:
    datasets = [
        (str(each.id), each.revision, each.collection.generation, each.store, each.provider, each.model)
        for each in trace.local
    ]
    shares = [trace.weights[each.id].share for each in trace.local]
    legs_used = [(share > 0, share < 1) for share in shares]
    filters = [each.model_dump(mode="json") for each in trace.filters]
    noise = [reading.noise_of(each.reading, script_of(trace.wordings.question)) for each in trace.local]
    wordings = (trace.wordings.all, trace.wordings.passages)
    return cache.key("legs", str(trace.workspace_id), datasets, legs_used, filters, noise, wordings)


def _written(leg: LegResult) -> dict[str, Any]:
    return {
        "raw": {str(key): score for key, score in leg.raw.items()},
        "scale": {str(key): score for key, score in leg.scale.items()},
        "cutoff": leg.cutoff,
    }


def _leg(written: dict[str, Any]) -> LegResult:
    raw = {UUID(key): score for key, score in written["raw"].items()}
    return LegResult(raw, {UUID(key): score for key, score in written["scale"].items()}, written["cutoff"])


def since(started: float) -> float:
    return round((time.monotonic() - started) * 1000, 1)
