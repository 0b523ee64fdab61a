"""Judges what was found for one case: the rank of everything expected, and which passages belong to it.

Pure. A quote is found at the first rank at which the passages so far cover it together, so a quote that a chunk border
cuts in two counts when both halves are there. Where a case expects only whole documents, ranks count documents.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from apps.knowledge.evaluation import metrics, spans
from apps.knowledge.evaluation.metrics import Expected
from apps.knowledge.evaluation.spans import Source, Span

# The document's text made flat; None where it has none.
Sources = Callable[[UUID], Source | None]


@dataclass(frozen=True, slots=True)
class Seen:
    """A passage as a search showed it. `stands` are the documents it stands in, the one it is shown for first, with
    its offsets in that document's text; None for a passage that people wrote."""

    chunk_id: str
    document_name: str
    score: float
    content: str
    stands: tuple[tuple[UUID, Span | None], ...]

    @property
    def document_id(self) -> UUID:
        return self.stands[0][0]

    def parts(self, document_id: UUID) -> list[Span]:
        return [span for stand, span in self.stands if stand == document_id and span is not None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What should be found: a quote of a document, or with "" any of its passages."""

    document_id: UUID
    quote: str
    grade: int = 1


@dataclass(frozen=True, slots=True)
class Judged:
    """`ranks` and `places` as `wanted` was given: the rank, and which passage brought it, from 1; `relevant` as the
    passages were. Rank and place differ where ranks count documents."""

    ranks: list[int | None]
    places: list[int | None]
    relevant: list[bool]
    scores: dict[str, float]


def judge(wanted: Sequence[Wanted], seen: Sequence[Seen], sources: Sources) -> Judged:
    relevant = [False] * len(seen)
    by_document = all(not each.quote for each in wanted)
    counted = _document_ranks(seen) if by_document else list(range(1, len(seen) + 1))
    found = [_index(each, seen, sources, relevant) for each in wanted]
    ranks = [counted[index] if index is not None else None for index in found]
    # where documents are counted, a document's further passages stand at its rank
    firsts = [flag for index, flag in enumerate(relevant) if index == 0 or counted[index] > max(counted[:index])]
    expected = [Expected(each.grade, rank) for each, rank in zip(wanted, ranks, strict=True)]
    places = [index + 1 if index is not None else None for index in found]
    return Judged(ranks, places, relevant, metrics.scores(expected, firsts))


def _index(wanted: Wanted, seen: Sequence[Seen], sources: Sources, relevant: list[bool]) -> int | None:
    """Which passage completes it. Marks in `relevant` all that belong to it."""
    own = [index for index, each in enumerate(seen) if any(stand == wanted.document_id for stand, _ in each.stands)]
    if not own:
        return None
    if not wanted.quote:
        for index in own:
            relevant[index] = True
        return own[0]
    flat = spans.flatten(wanted.quote)
    source = sources(wanted.document_id)
    stands = source.occurrences(wanted.quote) if source is not None else []
    together: list[Span] = []
    completed: int | None = None
    for index in own:
        whole = flat in spans.flatten(seen[index].content)
        parts = seen[index].parts(wanted.document_id)
        here = [source.span(*part) for part in parts] if source is not None else []
        together += here
        if whole or any(spans.belongs(span, place) for span in here for place in stands):
            relevant[index] = True
        if completed is None and (whole or any(spans.covers(together, place) for place in stands)):
            completed = index
    return completed


def _document_ranks(seen: Sequence[Seen]) -> list[int]:
    ranks: dict[UUID, int] = {}
    return [ranks.setdefault(each.document_id, len(ranks) + 1) for each in seen]
