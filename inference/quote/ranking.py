"""Scores units against a question and picks the few to quote.

Pure: vectors come in as arguments, nothing is computed elsewhere.
"""

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
CONTEXT_WEIGHT = 0.6
"""A term found only in the title or heading counts for this much of one found in the sentence."""
MAX_QUOTES = 3
KEEP_SHARE = 0.68
"""A further sentence is quoted when it scores at least this share of the best one."""
KEEP_SHARE_OF_STEP = 0.5
"""The same for a command in a code block when the question is how: it is what the asker will copy."""
MAX_OVERLAP = 0.6
RELEVANT: dict[Language, float] = {"en": 0.30, "zh": 0.17}
"""Below this the passages do not answer. Set on public question sets, see README."""
SEMANTIC_WEIGHT = 0.5

_NUMBER = re.compile(r"\d|[一二三四五六七八九十百千万亿两]+[年月日个人次元名岁倍种]")
_ASKS_NUMBER = re.compile(
    r"\bhow (?:many|much|long|old|often|far|large|big|high|tall)\b|\bwhen\b"
    r"|\b(?:what|which) (?:year|date|port|percentage|number|size|time)\b"
    r"|多少|几|何时|什么时候|哪年|哪一年|多久|多长|多大|多高",
    re.IGNORECASE,
)
_STEP = re.compile(r"```|~~~")
_ASKS_HOW = re.compile(r"\bhow (?:do|does|can|could|should|would|to)\b|\bcommand\b|如何|怎么|怎样|命令", re.IGNORECASE)
_EXPECTED = ((_ASKS_NUMBER, _NUMBER, 0.05), (_ASKS_HOW, _STEP, 0.2))
"""What a kind of question asks for, and what a unit gains that has it: a number, or a command in a code block."""


@dataclass(frozen=True, slots=True)
class Scored:
    unit: Unit
    score: float
    terms: Counter[str]
    is_step: bool
    """It holds a command, and the question is how."""


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
    expected = [(shape, bonus) for asks, shape, bonus in _EXPECTED if asks.search(question)]
    ranked = []
    for at, unit in enumerate(units):
        score = lexical[at]
        if semantic is not None:
            score = (1 - SEMANTIC_WEIGHT) * score + SEMANTIC_WEIGHT * max(0.0, semantic[at])
        if lexical[at]:
            score += sum(bonus for shape, bonus in expected if shape.search(unit.text))
        is_step = _ASKS_HOW.search(question) is not None and _STEP.search(unit.text) is not None
        ranked.append(Scored(unit, score, terms(unit.text), is_step))
    return sorted(ranked, key=lambda each: (-each.score, each.unit.number, each.unit.position))


def choose(ranked: Sequence[Scored], language: Language) -> list[Unit]:
    """The units to quote, in reading order; none when even the best does not answer."""
    if not ranked or ranked[0].score < RELEVANT[language]:
        return []
    best = ranked[0].score
    chosen: list[Scored] = []
    for each in ranked:
        share = KEEP_SHARE_OF_STEP if each.is_step else KEEP_SHARE
        if each.score < max(best * share, RELEVANT[language]):
            continue
        if all(_overlap(each.terms, other.terms) <= MAX_OVERLAP for other in chosen):
            chosen.append(each)
    chosen = chosen[:MAX_QUOTES]
    return sorted((each.unit for each in chosen), key=lambda unit: (unit.number, unit.position))


def _rarity(term: str, own: Sequence[Counter[str]], around: Sequence[Counter[str]]) -> float:
    """Inverse document frequency. A heading stands over many units, so it counts only for a term found nowhere else."""
    holders = sum(term in mine for mine in own) or sum(term in near for near in around)
    return math.log(1 + (len(own) - holders + 0.5) / (holders + 0.5)) + 0.1


def _saturated(frequency: float, relative_length: float) -> float:
    """BM25's term weight, scaled so that one occurrence in a unit of average length gives 1."""
    if frequency == 0:
        return 0.0
    return min(1.0, frequency * (K1 + 1) / (frequency + K1 * (1 - B + B * relative_length)))


def _overlap(one: Counter[str], other: Counter[str]) -> float:
    shared = len(one.keys() & other.keys())
    return shared / max(1, min(len(one), len(other)))
