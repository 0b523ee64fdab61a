"""What an embedding model understands: models that know meaning, words alone, or nothing get different weights."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from apps.knowledge import reading
from apps.knowledge.analysis import terms_of
from apps.knowledge.probes import CHINESE, ENGLISH

SIZE = 64
Vector = Callable[[str], list[float]]


def tried(vector: Vector) -> dict[str, Any]:
    async def embed(texts: Sequence[str]) -> list[list[float]]:
        return [vector(text) for text in texts]

    return asyncio.run(reading.tried("acme", "model-1", embed))


def by_meaning(text: str) -> list[float]:
    """As if it understood: a question and its answer in either language point the same way, decoys elsewhere."""
    for probes in (ENGLISH, CHINESE):
        for index, probe in enumerate(probes):
            if text in (probe.question, probe.answer):
                return [float(place == index) for place in range(SIZE)]
    return [float(place == SIZE - 1) for place in range(SIZE)]


def by_words(text: str) -> list[float]:
    vector = [0.0] * SIZE
    for term in terms_of(text):
        vector[sum(map(ord, term)) % SIZE] += 1.0
    return vector


def by_chance(text: str) -> list[float]:
    chance = random.Random(text)
    return [chance.uniform(-1, 1) for _ in range(SIZE)]


def nothing(text: str) -> list[float]:
    return [0.0] * SIZE


def test_a_model_of_both_languages_counts_fully_in_both() -> None:
    found = tried(by_meaning)
    assert (found["provider"], found["model"]) == ("acme", "model-1")
    assert found["weights"] == {"latin": 0.5, "cjk": 0.5}
    assert found["languages"]["zh"] == {"right": 10, "of": 10, "noise": 0.0}
    assert found["across"] == {"right": 20, "of": 20}
    assert found["trials"][0] == {
        "language": "en",
        "question": ENGLISH[0].question,
        "answer": ENGLISH[0].answer,
        "rival": ENGLISH[0].decoy,
        "right": True,
        "similarity": 1.0,
        "rival_similarity": 0.0,
        "unrelated_similarity": 0.0,
    }


@pytest.mark.parametrize("vector", [by_words, by_chance, nothing])
def test_a_model_that_does_not_understand_counts_nothing(vector: Vector) -> None:
    assert tried(vector)["weights"] == {"latin": 0.0, "cjk": 0.0}


def test_a_model_of_one_language() -> None:
    found = tried(lambda text: by_meaning(text) if text.isascii() else by_chance(text))
    assert found["weights"] == {"latin": 0.5, "cjk": 0.0}
    assert reading.weight_of(found, "latin") == 0.5
    assert reading.trials_of(found, "latin") == (10, 10)


def test_a_model_that_was_not_tried_counts_a_little() -> None:
    assert (reading.weight_of({}, "cjk"), reading.noise_of({}, "cjk"), reading.trials_of({}, "cjk")) == (0.3, 0.0, None)
    assert not reading.is_of({}, "acme", "model-1")


def test_the_trials_say_the_same_in_both_languages_and_share_no_answer() -> None:
    assert len(ENGLISH) == len(CHINESE) >= 8
    texts = [text for probes in (ENGLISH, CHINESE) for probe in probes for text in probe]
    assert len(set(texts)) == len(texts)
    for probe in (*ENGLISH, *CHINESE):
        asked = set(terms_of(probe.question))
        # words alone would take the decoy
        assert len(asked & set(terms_of(probe.decoy))) > len(asked & set(terms_of(probe.answer)))
