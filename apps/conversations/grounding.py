"""Which sentences of an answer stand on which passages, by the terms that they share; and which stand on none.

Pure, and the same for English and Chinese. A sentence is supported by a passage that has most of what it says: its
terms count by how few of the passages have them, and a term that none has counts most, as a name that was made up would
be. Sentences of hardly any terms ("Of course!") claim nothing and are left out.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from apps.knowledge.analysis import terms_of
from apps.knowledge.chunking.sentences import sentences

MARK = re.compile(r"\[(\d{1,3})\]")

# How much of a sentence a passage must have.
_SUPPORTED = 0.55
# Passages nearly as good as the best one are named, too.
_NEARLY = 0.9
# Words, or pairs of characters, under which a sentence claims nothing.
_FEWEST_TERMS = 2
_MAX_SENTENCES, _MAX_PASSAGES = 400, 50


@dataclass(frozen=True, slots=True)
class Support:
    """A passage, by its place in the list, that has `share` of a sentence; most of it stands at start to end there."""

    passage: int
    share: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of the answer at start to end. Without any support it is one that the passages do not bear out."""

    start: int
    end: int
    supports: list[Support] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Passage:
    terms: frozenset[str]
    text: str


def claims(answer: str, passages: Sequence[str]) -> list[Claim]:
    """Every sentence that claims something, in order; none where there are no passages to hold it against."""
    known = [_Passage(frozenset(terms_of(text)), text) for text in passages[:_MAX_PASSAGES]]
    if not known:
        return []
    spread = Counter(term for passage in known for term in passage.terms)
    found = []
    for start, end in list(sentences(answer, 0, len(answer)))[:_MAX_SENTENCES]:
        terms = frozenset(terms_of(MARK.sub(" ", answer[start:end])))
        if sum(len(term) > 1 for term in terms) >= _FEWEST_TERMS:
            weights = {term: math.log(1 + (len(known) + 1) / (spread[term] + 0.5)) for term in terms}
            found.append(Claim(start, end, _supports(weights, known)))
    return found


def _supports(weights: dict[str, float], passages: Sequence[_Passage]) -> list[Support]:
    total = sum(weights.values())
    shares = [sum(weights[term] for term in weights.keys() & each.terms) / total for each in passages]
    best = max(shares)
    if best < _SUPPORTED:
        return []
    least = max(_SUPPORTED, _NEARLY * best)
    return [
        Support(index, round(share, 3), *_where(weights, passages[index].text))
        for index, share in enumerate(shares)
        if share >= least
    ]


def _where(weights: dict[str, float], text: str) -> tuple[int, int]:
    """The sentence of the passage that has most of it; the first of equals."""
    places = list(sentences(text, 0, len(text)))
    held = [sum(weights.get(term, 0.0) for term in frozenset(terms_of(text[a:b]))) for a, b in places]
    return places[held.index(max(held))] if places else (0, len(text))
