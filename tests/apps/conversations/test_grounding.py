"""Sentences of an answer and the passages they stand on, in English and Chinese."""

from __future__ import annotations

import pytest

from apps.conversations.grounding import claims

PASSAGES = [
    "Trains must be booked two weeks ahead. First class is for journeys over four hours.",
    "Receipts are handed in within thirty days. A meal may cost forty euro.",
    "每位员工每年有三十天年假。请假需要在日历中申请。",
]


def told(answer: str, passages: list[str] = PASSAGES) -> list[tuple[str, list[tuple[int, str]]]]:
    """Each claim with the passages' places and the words there."""
    return [
        (
            answer[claim.start : claim.end].strip(),
            [(each.passage, passages[each.passage][each.start : each.end].strip()) for each in claim.supports],
        )
        for claim in claims(answer, passages)
    ]


def test_sentences_are_matched_to_passages_and_to_the_place_in_them() -> None:
    answer = "Sure! A meal may cost up to forty euro [2]. Trains are booked two weeks ahead. Dogs travel for nothing."
    assert told(answer) == [
        ("A meal may cost up to forty euro [2].", [(1, "A meal may cost forty euro.")]),
        ("Trains are booked two weeks ahead.", [(0, "Trains must be booked two weeks ahead.")]),
        ("Dogs travel for nothing.", []),
    ]


def test_chinese_sentences_alike() -> None:
    assert told("员工每年享有三十天年假。公司还提供免费的健身房会员卡。") == [
        ("员工每年享有三十天年假。", [(2, "每位员工每年有三十天年假。")]),
        ("公司还提供免费的健身房会员卡。", []),
    ]


def test_a_name_that_was_made_up_is_not_borne_out() -> None:
    assert told("Receipts are handed in to Mr Brown in Vienna by Friday noon.") == [
        ("Receipts are handed in to Mr Brown in Vienna by Friday noon.", [])
    ]


def test_the_same_words_in_two_passages_are_both_named() -> None:
    twice = [PASSAGES[0], PASSAGES[0]]
    [(_, supports)] = told("Trains must be booked two weeks ahead.", twice)
    assert [index for index, _ in supports] == [0, 1]


@pytest.mark.parametrize("answer", ["", "   ", "Yes.", "[1][2]", "好的。"])
def test_what_claims_nothing(answer: str) -> None:
    assert claims(answer, PASSAGES) == []
    assert claims("Trains must be booked two weeks ahead.", []) == []


def test_long_texts_are_bounded() -> None:
    assert len(claims("Trains must be booked two weeks ahead. " * 5000, PASSAGES)) <= 400
