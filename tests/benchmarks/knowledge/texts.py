"""Texts for measurements: sentences of Weft's own pages among made ones, whose words are as uneven as real ones.

Made from a seed, so that two measurements index the same. Half is English, half Chinese.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
# Zipf-Mandelbrot: how often the word of a rank is used
_OFFSET, _EXPONENT = 2.7, 1.05
_WORDS, _CHINESE_WORDS, _CHARACTERS = 60_000, 40_000, 4_000
_REAL_SHARE = 0.05


class Texts:
    """Passages of about 200 terms, and questions as people ask them of such passages."""

    def __init__(self, seed: int = 1) -> None:
        self._chance = random.Random(seed)
        self._english = _sentences("*.md", r"[A-Z][^.|`#]{30,300}\.")
        self._chinese = _sentences("*.zh.md", r"[\u4e00-\u9fff][^。|`#]{10,120}。")
        self._words = self._made("bcdfghjklmnprstvwz", "aeiou")
        characters = [chr(0x4E00 + 5 * n) for n in range(_CHARACTERS)]
        frequent = list(accumulate(_frequency(rank) for rank in range(_CHARACTERS)))
        self._terms = [
            "".join(self._chance.choices(characters, cum_weights=frequent, k=self._chance.choice((1, 2, 2, 2, 3))))
            for _ in range(_CHINESE_WORDS)
        ]
        self._word_chance = list(accumulate(_frequency(rank) for rank in range(_WORDS)))
        self._term_chance = list(accumulate(_frequency(rank) for rank in range(_CHINESE_WORDS)))

    def passages(self, count: int) -> Iterator[str]:
        for number in range(count):
            yield self.english(200) if number % 2 else self.chinese(110)

    def english(self, words: int) -> str:
        if self._chance.random() < _REAL_SHARE:
            return " ".join(self._chance.choices(self._english, k=max(1, words // 20)))
        chosen = self._chance.choices(self._words, cum_weights=self._word_chance, k=words)
        return " ".join(chosen).capitalize() + "."

    def chinese(self, characters: int) -> str:
        if self._chance.random() < _REAL_SHARE:
            return "".join(self._chance.choices(self._chinese, k=max(1, characters // 30)))
        chosen = self._chance.choices(self._terms, cum_weights=self._term_chance, k=characters // 2)
        return "".join(chosen)[:characters] + "。"

    def _made(self, consonants: str, vowels: str) -> list[str]:
        chance = self._chance
        return [
            "".join(chance.choice(consonants) + chance.choice(vowels) for _ in range(chance.randint(1, 4)))
            for _ in range(_WORDS)
        ]


def _frequency(rank: int) -> float:
    return float(1 / (rank + _OFFSET) ** _EXPONENT)


def _sentences(pages: str, pattern: str) -> list[str]:
    text = " ".join(page.read_text() for page in sorted((ROOT / "docs").glob(pages)))
    return re.findall(pattern, " ".join(text.split()))
