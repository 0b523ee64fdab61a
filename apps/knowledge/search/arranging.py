"""The second half of a search: from candidates in fused order to the passages that are shown."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from apps.knowledge.search import cache, diversity, order, rows
from apps.knowledge.search.found import Child, Hit, Placed, Step
from apps.knowledge.search.fusion import ordered
from apps.knowledge.search.gathering import EXTERNAL, since
from apps.knowledge.search.order import Group
from apps.knowledge.search.rows import Passage
from apps.knowledge.search.settings import Rerank
from apps.knowledge.search.trace import STAGES, Trace
from apps.knowledge.search.widening import widened
from apps.providers import services as providers
from weft.db.aio import call_db
from workflows.errors import ModelError
from workflows.tokens import estimate_tokens


async def arrange(trace: Trace) -> None:
    """Fills in `hits`, and at which stage each other candidate was lost."""
    settings = trace.settings
    trace.groups = order.grouped(trace.order, trace.candidates, parents=settings.expand.parent, lost=trace.lost)
    trace.funnel.steps.append(Step("merge", len(trace.order), len(trace.groups)))
    if settings.rerank is not None and trace.groups:
        await _rerank(trace, settings.rerank)
    if settings.threshold is not None:
        least = settings.threshold
        _stage(trace, "threshold", lambda: order.above(trace.groups, trace.scores, least, trace.lost), least=least)
    if settings.diversity > 0:
        await _diversify(trace)
    if settings.per_document is not None:
        most = settings.per_document
        _stage(
            trace,
            "per_document",
            lambda: order.capped(
                trace.groups, lambda group: trace.candidates[group.best].document_id, most, trace.lost
            ),
            most=most,
        )
    around = await _around(trace)
    top_k = settings.top_k
    await _living(trace, top_k)
    _stage(trace, "top_k", lambda: order.cut(trace.groups, top_k, trace.scores, trace.lost), most=top_k)
    hits = {group.key: _hit(trace, group, around.get(group.key, [])) for group in trace.groups}
    if settings.max_tokens is not None:
        tokens = {key: estimate_tokens(hit.text) for key, hit in hits.items()}
        budget = settings.max_tokens
        _stage(trace, "budget", lambda: order.packed(trace.groups, tokens, budget, trace.lost), most=budget)
    trace.hits = [hits[group.key] for group in trace.groups]


def _stage(trace: Trace, name: str, work: Callable[[], list[Group]], **details: object) -> None:
    before = len(trace.groups)
    trace.groups = work()
    trace.funnel.steps.append(Step(name, before, len(trace.groups), 0.0, details))


async def _rerank(trace: Trace, settings: Rerank) -> None:
    """The first candidates in the model's order, the others behind in theirs. A model that fails changes nothing."""
    started = time.monotonic()
    first, rest = trace.groups[: settings.candidates], trace.groups[settings.candidates :]
    await _load(trace, [group.best for group in first])
    first = [group for group in first if group.best in trace.passages]
    if not first:
        trace.groups = rest
        return
    texts = [trace.passages[group.best].text for group in first]
    name = cache.key(
        "relevance", str(trace.workspace_id), settings.provider, settings.model, trace.wordings.question, texts
    )
    scores = await cache.read(name) if trace.settings.cache else None
    cached = scores is not None
    if scores is None:
        try:
            scores = await providers.rerank(
                trace.workspace_id, settings.provider, settings.model, trace.wordings.question, texts
            )
        except ModelError as exc:
            trace.funnel.note("rerank_failed", f"The passages stay in the order of the search. {exc.message}")
            return
        if trace.settings.cache:
            await cache.write(name, scores)
    trace.relevance = {group.best: float(score) for group, score in zip(first, scores, strict=True)}
    trace.method = "relevance"
    least = min(trace.relevance.values())
    for group in rest:
        trace.scores[group.best] = min(trace.scores[group.best], round(least, 4))
    trace.scores |= {key: round(score, 4) for key, score in trace.relevance.items()}
    by_best = {group.best: group for group in first}
    trace.groups = [by_best[key] for key in ordered(trace.relevance, trace.places)] + rest
    details = {"provider": settings.provider, "model": settings.model, "cached": cached}
    trace.funnel.steps.append(Step("rerank", len(first), len(first), since(started), details))


async def _diversify(trace: Trace) -> None:
    started = time.monotonic()
    pool = [group.best for group in trace.groups]
    await _load(trace, pool[: diversity.POOL])
    texts = {key: passage.text for key, passage in trace.passages.items()}
    by_best = {group.best: group for group in trace.groups}
    after = diversity.diversified(pool, trace.scores, texts, trace.settings.diversity)
    moved = sum(before != now for before, now in zip(pool, after, strict=True))
    trace.groups = [by_best[key] for key in after]
    trace.funnel.steps.append(Step("diversity", len(pool), len(pool), since(started), {"moved": moved}))


async def _around(trace: Trace) -> dict[UUID, list[Passage]]:
    """Neighbours of as many groups as can be shown, and those groups dropped that are neighbours of one above."""
    reach = trace.settings.expand.neighbours
    if reach == 0:
        return {}
    pool = trace.groups[: trace.settings.top_k * (2 * reach + 1)]
    await _load(trace, [group.key for group in pool])
    known = [trace.passages[group.key] for group in pool if group.key in trace.passages]
    around = await call_db(rows.neighbours, [each for each in known if each.source != EXTERNAL], reach)
    ids = {key: [each.place.chunk_id for each in near] for key, near in around.items()}
    _stage(trace, "neighbours", lambda: order.uncovered(trace.groups, ids, trace.lost), reach=reach)
    return around


async def _living(trace: Trace, top_k: int) -> None:
    """Loads what is shown of the first groups, and drops those whose row was deleted since it was found to live, so
    that others come up in their places."""
    living: list[Group] = []
    waiting = trace.groups
    while waiting and len(living) < top_k:
        first, waiting = waiting[: top_k - len(living)], waiting[top_k - len(living) :]
        await _load(trace, _shown(first))
        living += [each for each in first if {each.key, each.best} <= trace.passages.keys()]
    trace.groups = [*living, *waiting]


async def _load(trace: Trace, chunk_ids: Iterable[UUID]) -> None:
    missing = [each for each in dict.fromkeys(chunk_ids) if each not in trace.passages]
    if missing:
        trace.passages |= await call_db(rows.passages, missing)


def _shown(groups: Sequence[Group]) -> list[UUID]:
    return [each for group in groups for each in (group.key, group.best, *group.children, *group.also)]


def _hit(trace: Trace, group: Group, near: Sequence[Passage]) -> Hit:
    shown = trace.passages[group.key]
    content, place = shown.content, shown.place
    if len(near) > 1:
        content, place = widened(shown, near)
    children = [
        Child(trace.passages[each].place, trace.passages[each].content, trace.scores.get(each, 0.0))
        for each in group.children
        if each in trace.passages
    ]
    return Hit(
        place=place,
        content=content,
        answer=shown.answer,
        kind=shown.kind,
        score=trace.scores[group.best],
        method=trace.method,
        scores=_stages(trace, group.best),
        metadata=shown.metadata,
        source=shown.source,
        hit_count=shown.hit_count,
        children=children,
        also=[trace.passages[each].place for each in group.also if each in trace.passages],
    )


def _stages(trace: Trace, chunk_id: UUID) -> dict[str, Placed]:
    return {
        name: Placed(round(trace.stage(name)[chunk_id], 4), trace.rank(name, chunk_id))
        for name in STAGES
        if chunk_id in trace.stage(name)
    }
