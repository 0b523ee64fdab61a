from __future__ import annotations

import pytest

from apps.knowledge.cleaning import clean, collapsed, normalised, without_addresses
from apps.knowledge.processing import Cleaning
from workflows.documents.blocks import Block

ALL = Cleaning(remove_urls=True)
NONE = Cleaning(collapse_spaces=False, drop_repeated_lines=False, normalise=False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("cafe\u0301", "café"),
        ("soft\u00adhyphen zero\u200bwidth", "softhyphen zerowidth"),
        ("a\u00a0b", "a b"),
        # radicals that PDF files hold in place of the characters, and a ligature
        ("⽂⼀", "文一"),
        ("ﬁne", "fine"),
        # full-width forms are how the text was written, and the joiner of an emoji is part of it
        ("ＧＰＵ，２０２５", "ＧＰＵ，２０２５"),
        ("👩‍👧", "👩‍👧"),
    ],
)
def test_characters_are_composed_and_look_alikes_replaced(text: str, expected: str) -> None:
    assert normalised(text) == expected


def test_blanks_and_empty_lines_are_collapsed() -> None:
    assert collapsed("a \t b\u3000\u3000c\nd\n \n\n\ne\n\nf") == "a b c\nd\n\ne\n\nf"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see https://example.org/a?b=c, then", "see , then"),
        ("见https://example.org/path了解。<https://example.org>", "见了解。"),
        ("mail a.b+c@mail.example.org now", "mail  now"),
        ("![logo](https://example.org/x.png) stays", "![logo](https://example.org/x.png) stays"),
        ("the [guide](https://example.org/guide) says", "the guide says"),
        ("[note](#below) and a@b", "[note](#below) and a@b"),
    ],
)
def test_addresses_go_and_images_stay(text: str, expected: str) -> None:
    assert without_addresses(text) == expected


def test_hostile_text_is_cleaned_in_linear_time() -> None:
    for text in ("![" * 50_000, "a@" + "a." * 50_000, "[" * 100_000, "http://" * 20_000, "\n \n" * 50_000):
        assert len(collapsed(without_addresses(normalised(text)))) <= len(text)


def test_rows_are_cleaned_with_their_headers_and_code_stays() -> None:
    row = Block("Na  me: a  b", "row", headers=("Na  me",), cells=("a  b",))
    code = Block("x  =  1", "code")

    assert list(clean([row, code, Block("https://example.org")], ALL)) == [
        Block("Na me: a b", "row", headers=("Na me",), cells=("a b",)),
        code,
    ]
    assert list(clean([row, code], NONE)) == [row, code]


def _page(number: int, *lines: str) -> list[Block]:
    return [Block(line, page=number) for line in lines]


def test_running_heads_and_feet_are_dropped() -> None:
    pages = [
        _page(n, "Annual report", "2026", f"Text of page {n}, part one.", "Total: 10", "End of it.", f"Page {n} of 5")
        for n in range(1, 6)
    ]

    kept = list(clean([block for page in pages for block in page], Cleaning()))

    assert [block.text for block in kept if block.page == 3] == ["Text of page 3, part one.", "Total: 10"]


def test_what_repeats_in_the_middle_on_few_pages_or_in_rows_stays() -> None:
    middle = [block for n in range(1, 6) for block in _page(n, f"{n * 'a'}", "b" * n, "Same", "c" * n, "d" * n)]
    few = [block for n in range(1, 4) for block in _page(n, "Head", "x" * n, "y" * n)]
    rows = [Block("Total: 9", "row", page=n, headers=("Total",), cells=("9",)) for n in range(1, 9)]

    for blocks in (middle, few, rows):
        assert list(clean(blocks, Cleaning())) == blocks
