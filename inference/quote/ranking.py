"""Scores units against a question and picks the few to quote. Pure: vectors come in as arguments, nothing is computed elsewhere."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from inference.quote.terms import Language, terms
from inference.quote.units import Unit

K1 = 1.2
B = 0.4
CONTEXT_WEIGHT = 0.35
"""A term found only in the title or heading counts for this much of one found in the sentence."""
MAX_QUOTES = 3
KEEP_SHARE = 0.72
"""A further sentence is quoted when it scores at least this share of the best one."""
MAX_OVERLAP = 0.6
RELEVANT: dict[Language, float] = {"en": 0.30, "zh": 0.22}
"""Below this the passages do not answer. Set on public question sets, see README."""
SEMANTIC_WEIGHT = 0.5
EXPECTED_BONUS = 0.05

_NUMBER = re.compile(r"\d|[一二三四五六七八九十百千万亿两]+[年月日个人次元名岁倍种]")
_ASKS_NUMBER = re.compile(
    r"\bhow (?:many|much|long|old|often|far|large|big|high|tall)\b|\bwhen\b|\b(?:what|which) (?:year|date|port|percentage|number|size|time)\b"
    r"|多少|几|何时|什么时候|哪年|哪一年|多久|多长|多大|多高",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Scored:
    unit: Unit
    score: float
    terms: Counter[str]


def lexical_scores(question: str, units: Sequence[Unit]) -> list[float]:
    """BM25 over the units, divided by what a unit with every asked term once would score: 1 is a full match."""
    asked = terms(question)
    if not asked or not units:
        return [0.0] * len(units)
    own = [terms(unit.text) for unit in units]
    around = [terms(unit.context) for unit in units]
    lengths = [max(1, sum(found.values())) for found in own]
    average = sum(lengths) / len(lengths)
    weight = {term: _rarity(term, own, around) for term in asked}
    best = sum(weight.values())
    return [
        sum(
            weight[term] * _saturated(mine[term] + CONTEXT_WEIGHT * min(1, near[term]), length / average)
            for term in asked
        )
        / best
        for mine, near, length in zip(own, around, lengths, strict=True)
    ]


def rank(
    question: str, units: Sequence[Unit], lexical: Sequence[float], semantic: Sequence[float] | None
) -> list[Scored]:
    """Units from best to worst. `semantic` are cosines with the question, None where no encoder knows the language."""
    asks_number = _ASKS_NUMBER.search(question) is not None
    ranked = []
    for at, unit in enumerate(units):
        score = lexical[at]
        if semantic is not None:
            score = (1 - SEMANTIC_WEIGHT) * score + SEMANTIC_WEIGHT * max(0.0, semantic[at])
        if asks_number and _NUMBER.search(unit.text):
            score += EXPECTED_BONUS
        ranked.append(Scored(unit, score, terms(unit.text)))
    return sorted(ranked, key=lambda each: (-each.score, each.unit.number, each.unit.position))


def choose(ranked: Sequence[Scored], language: Language) -> list[Unit]:
    """The units to quote, in reading order; none when even the best does not answer."""
    if not ranked or ranked[0].score < RELEVANT[language]:
        return []
    floor = max(ranked[0].score * KEEP_SHARE, RELEVANT[language])
    chosen: list[Scored] = []
    for each in ranked:
        if each.score < floor or len(chosen) == MAX_QUOTES:
            break
        if all(_overlap(each.terms, other.terms) <= MAX_OVERLAP for other in chosen):
            chosen.append(each)
    return sorted((each.unit for each in chosen), key=lambda unit: (unit.number, unit.position))


def _rarity(term: str, own: Sequence[Counter[str]], around: Sequence[Counter[str]]) -> float:
    holders = sum(1 for mine, near in zip(own, around, strict=True) if term in mine or term in near)
    return math.log(1 + (len(own) - holders + 0.5) / (holders + 0.5)) + 0.1


def _saturated(frequency: float, relative_length: float) -> float:
    """BM25's term weight, scaled so that one occurrence in a unit of average length gives 1."""
    if frequency == 0:
        return 0.0
    return min(1.0, frequency * (K1 + 1) / (frequency + K1 * (1 - B + B * relative_length)))


def _overlap(one: Counter[str], other: Counter[str]) -> float:
    shared = len(one.keys() & other.keys())
    return shared / max(1, min(len(one), len(other)))
