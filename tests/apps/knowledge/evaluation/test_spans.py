"""Whether a quote is found must not depend on where chunks were cut, nor on how their text is set."""

from __future__ import annotations

from uuid import UUID

import pytest

from apps.knowledge.evaluation.judging import Seen, Wanted, judge
from apps.knowledge.evaluation.spans import Source, covers, flatten, overlap

GUIDE, OTHER = UUID(int=1), UUID(int=2)
TEXT = (
    "# Ｔravel\n\nTrains **must** be booked\ntwo weeks ahead. First class is for long journeys.\n\n"
    "# 报销\n\n发票需要在三十天之内 提交。"
)
QUOTE = "trains must be booked two weeks ahead."


def passage(start: int, end: int, *, document: UUID = GUIDE, placed: bool = True, text: str | None = None) -> Seen:
    content = TEXT[start:end] if text is None else text
    return Seen("c", "guide.md", 0.5, content, ((document, (start, end) if placed else None),))


def found(seen: list[Seen], quote: str = QUOTE) -> tuple[list[int | None], list[bool]]:
    judged = judge([Wanted(GUIDE, quote)], seen, {GUIDE: Source(TEXT)}.get)
    return judged.ranks, judged.relevant


def at(text: str) -> int:
    return TEXT.index(text)


def test_marks_width_and_case_do_not_matter() -> None:
    assert flatten(" **Ｔravel** \n> x_y ") == "travelxy"
    source = Source(TEXT)
    [(low, high)] = source.occurrences(QUOTE)
    assert source.flat[low:high] == flatten(QUOTE)
    assert source.span(at("Trains"), at(" First")) == (low, high)
    assert source.occurrences("三十天之内提交") == [source.span(at("三十"), at("提交") + 2)]
    assert source.occurrences("  ") == []


def test_one_character_may_become_several_or_none() -> None:
    text = "ﬁne １０㎏\u3000x"
    source = Source(text)
    assert source.flat == "fine10kgx"
    assert source.span(1, 3) == (2, 4)
    assert source.occurrences("10 kg") == [(4, 8)]


def test_overlap_counts_no_place_twice() -> None:
    assert overlap([(0, 10), (5, 12), (20, 30)], (8, 25)) == 9
    assert covers([(0, 5), (5, 10)], (2, 9))
    assert not covers([(0, 5), (6, 10)], (2, 9))


@pytest.mark.parametrize("placed", [True, False])
def test_a_whole_quote_is_found_where_its_passage_ranks(placed: bool) -> None:
    first = passage(at("First"), at("\n\n# 报销"), placed=placed)
    second = passage(0, at(" First"), placed=placed)

    assert found([first, second]) == ([2], [False, True])


def test_a_quote_that_a_border_cuts_is_found_with_its_second_half() -> None:
    cut = at("two weeks")
    halves = [passage(0, cut), passage(at("# 报销"), len(TEXT)), passage(cut, at(" First"))]

    assert found(halves) == ([3], [True, False, True])
    assert found(halves[:2]) == ([None], [True, False])


def test_another_document_with_the_same_text_is_not_it() -> None:
    assert found([passage(0, at(" First"), document=OTHER)]) == ([None], [False])


def test_a_second_place_of_the_same_text_counts() -> None:
    both = Seen("c", "other.md", 0.5, TEXT, ((OTHER, (0, len(TEXT))), (GUIDE, (0, len(TEXT)))))

    assert found([both]) == ([1], [True])


def test_a_passage_that_people_wrote_counts_by_its_text() -> None:
    written = passage(0, 0, placed=False, text="Note: Trains must be booked two weeks ahead. Ask Jo.")

    assert found([written]) == ([1], [True])


def test_a_quote_that_stands_nowhere_is_not_found() -> None:
    assert found([passage(0, len(TEXT))], "buses are free") == ([None], [False])


def test_whole_documents_are_ranked_as_documents() -> None:
    seen = [passage(0, 5, document=OTHER), passage(5, 9, document=OTHER), passage(0, 5), passage(5, 9)]

    judged = judge([Wanted(GUIDE, ""), Wanted(UUID(int=3), "")], seen, lambda _: None)

    assert (judged.ranks, judged.places, judged.relevant) == ([2, None], [3, None], [False, False, True, True])
    # two documents, of which one belongs
    assert (judged.scores["mrr@10"], judged.scores["recall@5"], judged.scores["precision@5"]) == (0.5, 0.5, 0.2)
