"""The figures of ragbench's `eval.py` for the same lists (its seeds, its number of samples), digit for digit."""

from __future__ import annotations

import random
from uuid import UUID

import pytest

from apps.knowledge.evaluation import metrics, statistics
from apps.knowledge.evaluation.judging import Seen, Wanted, judge
from apps.knowledge.evaluation.metrics import Expected
from apps.knowledge.evaluation.statistics import Interval

# metric: (mean, interval of the mean, p beside the other run), as `eval.py` gave them
SCORED = {
    "ndcg@10": (0.17819028173820886, Interval(0.1137354082165565, 0.25419157685677374), 0.800599700149925),
    "recall@5": (0.16041666666666668, Interval(0.09375, 0.23541666666666666), 0.8910544727636182),
    "recall@10": (0.3, Interval(0.20416666666666666, 0.4083333333333333), 0.4062968515742129),
    "mrr@10": (0.20843253968253972, Interval(0.12138888888888891, 0.3120833333333333), 0.8990504747626187),
    "hit@1": (0.1, Interval(0.025, 0.2), 1.0),
}


def drawn() -> list[tuple[list[Wanted], list[Seen], list[Seen]]]:
    """Forty questions with one to four graded documents of thirty, and two random lists for each."""
    rng = random.Random(1)
    names = [f"d{number}" for number in range(30)]

    def seen(documents: list[str]) -> list[Seen]:
        return [Seen(each, each, 0.5, "", ((of(each), None),)) for each in documents]

    def of(name: str) -> UUID:
        return UUID(int=names.index(name))

    cases = []
    for _ in range(40):
        grades = {each: rng.randint(1, 3) for each in rng.sample(names, rng.randint(1, 4))}
        wanted = [Wanted(of(each), "", grade) for each, grade in grades.items()]
        cases.append((wanted, seen(rng.sample(names, 20)), seen(rng.sample(names, 20))))
    return cases


def test_the_figures_are_those_of_the_public_scorer() -> None:
    cases = drawn()
    first = [judge(wanted, seen, lambda _: None).scores for wanted, seen, _ in cases]
    second = [judge(wanted, seen, lambda _: None).scores for wanted, _, seen in cases]

    for name, (mean, interval, p) in SCORED.items():
        values, others = metrics.column(first, name), metrics.column(second, name)
        assert statistics.mean(values) == pytest.approx(mean, abs=1e-12)
        assert statistics.bootstrap(values) == pytest.approx(interval, abs=1e-12)
        assert statistics.paired_p(values, others) == pytest.approx(p, abs=1e-12)


def test_the_measures_of_one_question() -> None:
    expected = [Expected(3, 1), Expected(1, 4), Expected(1, None), Expected(1, 12)]
    relevant = [True, False, False, True]

    assert metrics.scores(expected, relevant) == {
        "ndcg@10": pytest.approx((3 + 1 / 2.321928094887362) / (3 + 0.6309297535714575 + 0.5 + 1 / 2.321928094887362)),
        "recall@5": 0.5,
        "recall@10": 0.5,
        "precision@5": 0.4,
        "mrr@10": 1.0,
        "hit@1": 1.0,
    }
    assert set(metrics.scores([], [])) == set(metrics.METRICS)
    assert set(metrics.scores([Expected(1, None)], []).values()) == {0.0}


def test_two_things_in_one_passage_are_no_more_than_perfect() -> None:
    assert metrics.ndcg([Expected(1, 1), Expected(1, 1)]) == 1.0


def test_a_difference_is_told_from_chance() -> None:
    before = [0.0, 0.5] * 30
    after = [0.2, 0.7] * 30
    noise = [0.5, 0.0] * 30

    gain = statistics.compare(before, after)
    assert (gain.is_gain, gain.is_loss) == (True, False)
    assert gain.mean == pytest.approx(0.2)
    assert statistics.compare(after, before).is_loss
    chance = statistics.compare(before, noise)
    assert (chance.is_gain, chance.is_loss, chance.mean) == (False, False, 0.0)
    assert statistics.compare([], []).p == 1.0
