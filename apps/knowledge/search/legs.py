"""The two searches that hybrid search is made of, each to a fixed depth, and what they found on one scale.

The vector leg asks each dataset's store and puts what datasets of one embedding model found into one list; datasets of
different models are brought to the common scale apart, for their cosines do not compare. The lexical leg scores all
datasets as one collection.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from apps.knowledge import lexical, reading, vectors
from apps.knowledge.allowed import Allowed
from apps.knowledge.analysis import script_of
from apps.knowledge.search import cache, fusion
from apps.knowledge.search.found import Funnel, Step
from apps.knowledge.search.settings import DEPTH
from apps.knowledge.search.targets import Target
from apps.providers import services as providers
from weft.db.aio import call_db
from workflows.errors import ModelError

Scores = dict[UUID, float]


@dataclass(slots=True)
class LegResult:
    """What a leg found: raw scores of the first wording (or of the best one, where there are several), and the common
    scale over all wordings. `cutoff` is the raw score under which nothing was listed, None when everything was."""

    raw: Scores = field(default_factory=dict)
    scale: Scores = field(default_factory=dict)
    cutoff: float | None = None


async def by_terms(
    dataset_ids: Sequence[UUID], queries: Sequence[str], allowed: Allowed | None, funnel: Funnel
) -> LegResult:
    """BM25 has a lowest score of its own, 0: what shares no term with the question."""
    started = time.monotonic()
    lists = [await call_db(_scored, dataset_ids, query, allowed) for query in queries]
    result = _merged(lists, [fusion.scaled(each, 0.0) for each in lists])
    funnel.steps.append(_step("lexical", result, started, wordings=len(queries)))
    return result


async def by_vectors(
    workspace_id: UUID,
    targets: Sequence[Target],
    queries: Sequence[str],
    allowed: Allowed | None,
    funnel: Funnel,
    *,
    cached: bool,
) -> LegResult:
    """Raises ModelError or VectorStoreError."""
    started = time.monotonic()
    groups: dict[tuple[str, str], list[Target]] = defaultdict(list)
    for target in targets:
        groups[target.provider, target.model].append(target)
    result = LegResult()
    remembered: list[bool] = []
    for (provider, model), group in groups.items():
        lists = []
        for query in queries:
            vector, known = await embedded(workspace_id, provider, model, query, cached=cached)
            remembered.append(known)
            lists.append(await _nearest(group, vector, allowed))
        scales = [
            fusion.scaled(each, _lowest(each, group[0], query)) for each, query in zip(lists, queries, strict=True)
        ]
        part = _merged(lists, scales)
        result.raw |= part.raw
        result.scale |= part.scale
        cutoffs = [each for each in (result.cutoff, part.cutoff) if each is not None]
        result.cutoff = min(cutoffs, default=None)
    models = sorted({f"{target.provider}/{target.model}" for target in targets})
    step = _step("vector", result, started, wordings=len(queries), models=models)
    step.details["query_vectors_cached"] = all(remembered)
    funnel.steps.append(step)
    return result


async def embedded(
    workspace_id: UUID, provider: str, model: str, text: str, *, cached: bool
) -> tuple[list[float], bool]:
    """The question's vector, and whether it was remembered."""
    name = cache.key("vector", str(workspace_id), provider, model, text)
    known: Any = await cache.read(name) if cached else None
    if isinstance(known, list):
        return known, True
    found = await providers.embed(workspace_id, provider, model, [text])
    if len(found) != 1:
        raise ModelError("model_reply_invalid", f"{model} gave {len(found)} vectors for one question.")
    if cached:
        await cache.write(name, found[0])
    return found[0], False


async def _nearest(group: Sequence[Target], vector: Sequence[float], allowed: Allowed | None) -> Scores:
    """The best of all datasets of one model, to the depth."""
    found = await asyncio.gather(*(_nearest_in(each, vector, allowed) for each in group))
    return _best({chunk_id: score for one in found for chunk_id, score in one})


async def _nearest_in(target: Target, vector: Sequence[float], allowed: Allowed | None) -> list[tuple[UUID, float]]:
    try:
        return await vectors.store_named(target.store).query(target.collection, vector, DEPTH, allowed)
    except vectors.OtherLengthError as exc:
        raise exc.of(target.name) from exc


def _scored(dataset_ids: Sequence[UUID], query: str, allowed: Allowed | None) -> Scores:
    return {each.chunk_id: each.score for each in lexical.search(dataset_ids, query, DEPTH, allowed)}


def _lowest(scores: Scores, target: Target, query: str) -> float:
    """Where the list is full, what is missing is at most as near as the last of it; where it holds everything, the
    similarity that the model gives to what has nothing to do with the question."""
    last = min(scores.values(), default=0.0)
    if len(scores) >= DEPTH:
        return last
    return min(last, reading.noise_of(target.reading, script_of(query)))


def _merged(lists: Sequence[Scores], scales: Sequence[Scores]) -> LegResult:
    raw: Scores = {}
    for one in lists:
        for chunk_id, score in one.items():
            raw[chunk_id] = max(score, raw.get(chunk_id, score))
    full = any(len(each) >= DEPTH for each in lists)
    cutoff = min((min(each.values()) for each in lists if each), default=0.0) if full else None
    return LegResult(raw, fusion.mean(scales), cutoff)


def _best(scores: Scores) -> Scores:
    return {chunk_id: scores[chunk_id] for chunk_id in fusion.ordered(scores)[:DEPTH]}


def _step(name: str, result: LegResult, started: float, **details: Any) -> Step:
    best = max(result.raw.values(), default=None)
    details |= {"depth": DEPTH, "best": _rounded(best), "cutoff": _rounded(result.cutoff)}
    return Step(name, None, len(result.raw), round((time.monotonic() - started) * 1000, 1), details)


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, 4)
