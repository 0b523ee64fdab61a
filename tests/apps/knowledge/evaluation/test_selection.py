"""A search over settings must find what is there, and must not find what is not."""

from __future__ import annotations

import random

from apps.knowledge.evaluation import cutoffs, selection, variants
from apps.knowledge.search.settings import Expansion, Rerank, Retrieval


def columns(*gains: float, count: int = 120, seed: int = 5) -> list[list[float]]:
    """Scores of a first setting, and of others that are better by `gains` on average, all with noise."""
    rng = random.Random(seed)
    truth = [rng.random() * 0.6 for _ in range(count)]
    return [[min(1.0, max(0.0, each + gain + rng.gauss(0, 0.1))) for each in truth] for gain in (0.0, *gains)]


def groups(count: int = 120, size: int = 3) -> list[str]:
    return [f"doc-{index // size}" for index in range(count)]


def test_a_real_gain_is_found_and_measured_on_unseen_cases() -> None:
    choice = selection.choose(columns(-0.1, 0.15, 0.0), [1.0, 1.0, 1.0, 1.0], groups())

    assert (choice.best, choice.is_worth_it, choice.folds) == (2, True, [2] * 5)
    assert choice.gain.interval.low < 0.15 < choice.gain.interval.high + 0.03


def test_noise_is_not_sold_as_a_gain() -> None:
    worth = [selection.choose(columns(*[0.0] * 15, seed=seed), [1.0] * 16, groups()).is_worth_it for seed in range(20)]

    assert sum(worth) <= 1


def test_what_there_is_wins_against_its_equals_and_the_cheaper_one_else() -> None:
    same = [0.5] * 40
    better = [0.9] * 40

    assert selection.choose([same, list(same)], [9.0, 1.0], groups(40)).best == 0
    assert selection.choose([same, better, list(better)], [1.0, 9.0, 2.0], groups(40)).best == 2


def test_cases_of_one_document_are_never_on_both_sides() -> None:
    names = groups(50, 7)
    parts = selection._parts(names)

    assert sorted(case for part in parts for case in part) == list(range(50))
    assert all(
        len({index for index, part in enumerate(parts) for c in part if names[c] == name}) == 1 for name in names
    )
    assert len(selection._parts(["one"] * 9)) == 1


def test_the_field_changes_one_thing_at_a_time_and_nothing_twice() -> None:
    current = Retrieval(top_k=4, threshold=0.3, rerank=Rerank(model="cross"))

    tried = variants.field_of(current)

    assert tried[0].changes == {}
    assert all(each.retrieval.top_k == 10 and each.retrieval.threshold is None for each in tried)
    assert len({each.key for each in tried}) == len(tried)
    changed = [set(each.changes) for each in tried[1:]]
    assert {frozenset(each) for each in changed} == {
        frozenset(["method"]),
        frozenset(["vector_weight"]),
        frozenset(["fusion"]),
        frozenset(["rerank"]),
        frozenset(["expand"]),
        frozenset(["diversity"]),
    }
    assert all(each.retrieval.rerank is not None for each in tried if "rerank" not in each.changes)


def test_settings_have_one_key_however_they_are_written() -> None:
    assert variants.key_of(Retrieval()) == variants.key_of(Retrieval(expand=Expansion(), cache=False))
    assert variants.key_of(Retrieval()) != variants.key_of(Retrieval(top_k=5))


def row(*places: int | None, scores: list[float] | None = None) -> dict[str, object]:
    scores = scores or [0.9, 0.8, 0.4, 0.3, 0.2, 0.2, 0.1, 0.1, 0.1, 0.1]
    hits = [{"score": each, "relevant": index + 1 in places, "chars": 100} for index, each in enumerate(scores)]
    return {"found": [{"at": place} for place in places], "hits": hits}


def test_cuts_are_laid_side_by_side() -> None:
    rows = [row(1), row(2), row(1, None), row(1)]

    depths = cutoffs.depths(rows)
    thresholds = cutoffs.thresholds(rows)

    assert depths["advised"] == 2
    assert depths["lines"][0] == {"top_k": 1, "recall": 0.625, "precision": 0.75, "chars": 100}
    assert depths["lines"][-1] == {"top_k": 10, "recall": 0.875, "precision": 0.1, "chars": 1000}
    assert thresholds["advised"] == 0.8
    assert thresholds["lines"][0] == {"threshold": 0.0, "recall": 0.875, "precision": 0.1, "chars": 1000}


def test_no_threshold_is_advised_where_each_one_loses() -> None:
    assert cutoffs.thresholds([row(10, scores=[0.01] * 10)])["advised"] is None
