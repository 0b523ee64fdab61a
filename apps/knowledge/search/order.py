"""From fused scores to the list that is shown: one result for what is one, threshold, cap, top k, budget.

Pure. Every stage keeps the order it is given, drops passages from it, and remembers why in `lost`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from apps.knowledge.search.rows import Candidate

Stage = str


@dataclass(frozen=True, slots=True)
class Loss:
    """At which stage a passage was lost, to what cut-off, and to which other passage."""

    stage: Stage
    score: float | None = None
    cutoff: float | None = None
    rank: int | None = None
    to: UUID | None = None


@dataclass(slots=True)
class Group:
    """One result: a passage, or a parent with the children that were found; and the same text elsewhere."""

    key: UUID
    best: UUID
    children: list[UUID] = field(default_factory=list)
    also: list[UUID] = field(default_factory=list)


def grouped(
    order: Sequence[UUID], candidates: Mapping[UUID, Candidate], *, parents: bool, lost: dict[UUID, Loss]
) -> list[Group]:
    """One group for the children of a parent, and one for the same text wherever it stands, at the best one's rank."""
    groups: dict[UUID, Group] = {}
    by_text: dict[str, Group] = {}
    for chunk_id in order:
        candidate = candidates[chunk_id]
        parent = candidate.parent_id if parents else None
        key = parent or chunk_id
        if key in groups:
            groups[key].children.append(chunk_id)
            lost[chunk_id] = Loss("parent", to=groups[key].best)
            continue
        text = candidate.parent_hash if parent and candidate.parent_hash else candidate.text_hash
        if text in by_text:
            same = by_text[text]
            if key not in same.also:
                same.also.append(key)
            lost[chunk_id] = Loss("duplicate", to=same.best)
            continue
        groups[key] = by_text[text] = Group(key, chunk_id, [chunk_id] if parent else [])
    return list(groups.values())


def above(
    groups: Sequence[Group], scores: Mapping[UUID, float], threshold: float, lost: dict[UUID, Loss]
) -> list[Group]:
    for group in groups:
        if scores[group.best] < threshold:
            lost[group.best] = Loss("threshold", scores[group.best], threshold)
    return [group for group in groups if scores[group.best] >= threshold]


def capped(
    groups: Sequence[Group], document_of: Callable[[Group], UUID], most: int, lost: dict[UUID, Loss]
) -> list[Group]:
    """At most so many of one document."""
    seen: dict[UUID, int] = {}
    kept = []
    for group in groups:
        document = document_of(group)
        seen[document] = seen.get(document, 0) + 1
        if seen[document] <= most:
            kept.append(group)
        else:
            lost[group.best] = Loss("per_document", cutoff=most, rank=seen[document])
    return kept


def uncovered(groups: Sequence[Group], around: Mapping[UUID, Sequence[UUID]], lost: dict[UUID, Loss]) -> list[Group]:
    """Without passages that are already shown as neighbours of one above them."""
    shown: dict[UUID, UUID] = {}
    kept = []
    for group in groups:
        if group.key in shown:
            lost[group.best] = Loss("neighbour", to=shown[group.key])
            continue
        kept.append(group)
        for near in around.get(group.key, ()):
            shown.setdefault(near, group.key)
    return kept


def cut(groups: Sequence[Group], top_k: int, scores: Mapping[UUID, float], lost: dict[UUID, Loss]) -> list[Group]:
    kept = list(groups[:top_k])
    cutoff = scores[kept[-1].best] if kept else None
    for rank, group in enumerate(groups[top_k:], start=top_k + 1):
        lost[group.best] = Loss("top_k", scores[group.best], cutoff, rank)
    return kept


def packed(groups: Sequence[Group], tokens: Mapping[UUID, int], budget: int, lost: dict[UUID, Loss]) -> list[Group]:
    """As many from the top as the budget holds; the first one always, for an answer needs something to stand on."""
    kept: list[Group] = []
    spent = 0
    for rank, group in enumerate(groups, start=1):
        spent += tokens[group.key]
        if kept and spent > budget:
            for left, other in enumerate(groups[rank - 1 :], start=rank):
                lost[other.best] = Loss("budget", cutoff=budget, rank=left)
            break
        kept.append(group)
    return kept
