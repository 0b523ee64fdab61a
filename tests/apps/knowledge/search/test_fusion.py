"""Two legs in one order: what weights, ranks and missing passages come to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.knowledge.search import fusion

Scores = dict[str, float]
SCORES = st.dictionaries(st.sampled_from("abcdefghij"), st.floats(0, 1), max_size=10)


@pytest.mark.parametrize(
    ("scores", "lowest", "scaled"),
    [
        ({}, 0.0, {}),
        ({"a": 3.0}, 0.0, {"a": 1.0}),
        ({"a": 3.0, "b": 1.5, "c": 0.0}, 0.0, {"a": 1.0, "b": 0.5, "c": 0.0}),
        # one candidate at the lowest score there can be is still the best there is
        ({"a": 0.2}, 0.2, {"a": 1.0}),
        ({"a": 0.2, "b": 0.2}, 0.2, {"a": 1.0, "b": 1.0}),
        ({"a": 0.6, "b": 0.1}, 0.2, {"a": 1.0, "b": 0.0}),
    ],
)
def test_scores_on_one_scale(scores: Scores, lowest: float, scaled: Scores) -> None:
    assert fusion.scaled(scores, lowest) == pytest.approx(scaled)


def test_a_hit_of_one_leg_alone_can_win() -> None:
    vector = {"both": 0.6, "meaning": 1.0}
    lexical = {"both": 0.3, "words": 1.0}
    fused = fusion.weighted(vector, lexical, lambda _: 0.5)
    assert fused == pytest.approx({"meaning": 0.5, "words": 0.5, "both": 0.45})
    assert fusion.ordered(fused) == ["meaning", "words", "both"]
    assert fusion.ordered(fusion.weighted(vector, lexical, lambda _: 0.3))[0] == "words"


def test_a_weight_of_nothing_leaves_a_leg_out() -> None:
    vector, lexical = {"a": 1.0, "b": 0.5}, {"b": 1.0}
    assert fusion.weighted(vector, lexical, lambda _: 0.0) == {"a": 0.0, "b": 1.0}
    assert fusion.weighted(vector, {}, lambda _: 1.0) == vector
    assert fusion.reciprocal(vector, lexical, lambda _: 0.0) == {"b": 0.5}
    assert fusion.reciprocal(vector, lexical, lambda _: 1.0) == pytest.approx({"a": 0.5, "b": 61 / 124})


def test_reciprocal_ranks() -> None:
    fused = fusion.reciprocal({"a": 0.9, "b": 0.8}, {"a": 0.3, "c": 0.2}, lambda _: 0.5)
    assert fused == pytest.approx({"a": 1.0, "b": 61 / 124, "c": 61 / 124})


def test_weights_of_two_datasets() -> None:
    shares = {"read": 0.5, "unread": 0.0}
    fused = fusion.weighted({"read": 1.0, "unread": 1.0}, {"read": 0.4, "unread": 0.4}, shares.__getitem__)
    assert fused == pytest.approx({"read": 0.7, "unread": 0.4})


def test_several_wordings_count_alike() -> None:
    assert fusion.mean([{"a": 1.0, "b": 0.5}, {"a": 0.5}]) == {"a": 0.75, "b": 0.25}


@given(SCORES, SCORES, st.floats(0, 1))
def test_fused_scores_stay_in_range_and_in_a_total_order(vector: Scores, lexical: Scores, share: float) -> None:
    for fuse in (fusion.weighted, fusion.reciprocal):
        fused = fuse(vector, lexical, lambda _: share)
        assert all(0 <= score <= 1.0000001 for score in fused.values())
        assert fusion.ordered(fused) == fusion.ordered(dict(reversed(fused.items())))
        assert fused.keys() <= vector.keys() | lexical.keys()
