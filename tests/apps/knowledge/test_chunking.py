"""Chunkers: whatever the mode, chunks are exact pieces of the text, and nothing but white space falls between them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.knowledge.chunking import Chunked, Draft, Pair, chunk
from apps.knowledge.chunking.sizes import measure
from apps.knowledge.processing import Cleaning, Processing, checked
from workflows.documents.blocks import Block, row_text

WORDS = [
    "知识库可以回答员工的问题，", "每个答案都有“出处！”", "The cat sat.", "See Dr. Smith, e.g. on p. 3.5.",
    "naïve café", "👩‍👩‍👧‍👦", "👍🏽 done", "e\u0301", "price: 12,000.50", "\n", "\n\n", " ", "x" * 90,
    "- item", "１２３", "？", "…", "Q: why?", "A: so.", "#",
]  # fmt: skip
texts = st.lists(
    st.sampled_from(WORDS) | st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20),
    min_size=1,
    max_size=25,
).map("".join)


def _block(text: str, kind: Any, level: int, page: int | None, cells: list[str]) -> Block:
    if kind != "row":
        return Block(text.strip() or "x", kind, level if kind == "heading" else 0, page, (0.1, 0.2, 0.9, 0.3))
    clean = tuple(" ".join(cell.split()) or "-" for cell in cells)
    headers = tuple(f"列{n}" for n in range(len(clean)))
    return Block(row_text(headers, clean), "row", 0, page, None, headers, clean)


blocks = st.lists(
    st.builds(
        _block,
        texts,
        st.sampled_from(["text", "heading", "row", "code", "list", "caption"]),
        st.integers(1, 6),
        st.none() | st.integers(1, 9),
        st.lists(texts, min_size=1, max_size=4),
    ),
    max_size=10,
)
MODES: dict[str, dict[str, Any]] = {
    "structure": {"mode": "structure", "size": 100},
    "fixed": {"mode": "fixed", "size": 100, "overlap": 30},
    "separator": {"mode": "separator", "separator": "\n", "max_tokens": 20, "overlap_tokens": 5},
    "sections": {"mode": "parent_child", "parent_size": 300, "child_size": 50},
    "paragraphs": {
        "mode": "parent_child",
        "parent": "paragraph",
        "paragraph": {"separator": "\n\n", "max_tokens": 100},
        "child": {"separator": "\n", "max_tokens": 20},
    },
    "whole": {"mode": "parent_child", "parent": "full", "child_size": 50},
    "qa": {"mode": "qa"},
    "full": {"mode": "full"},
}


def cut(given_blocks: list[Block], **chunker: Any) -> Chunked:
    return chunk(given_blocks, checked({"chunker": chunker}))


def letters(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=25, deadline=None)
@given(blocks)
def test_chunks_are_exact_pieces_in_order(mode: str, given_blocks: list[Block]) -> None:
    made = cut(given_blocks, **MODES[mode])

    for each in made.chunks:
        assert each.content.strip()
        assert each.content == each.content.rstrip()
        assert each.content == made.text[each.start : each.end]
    top = [each for each in made.chunks if each.kind != "child"]
    assert all((left.start or 0) < (right.start or 0) and left.end < right.end for left, right in pairwise(top))  # type: ignore[operator]


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "qa"])
@settings(max_examples=25, deadline=None)
@given(blocks)
def test_no_word_is_lost(mode: str, given_blocks: list[Block]) -> None:
    made = cut(given_blocks, **MODES[mode])

    for kind in {each.kind for each in made.chunks}:
        covered = [False] * len(made.text)
        for each in made.chunks:
            if each.kind == kind:
                covered[each.start : each.end] = [True] * len(each.content)
        assert all(covered[index] or char.isspace() for index, char in enumerate(made.text))


@settings(max_examples=25, deadline=None)
@given(blocks, st.integers(100, 400))
def test_passages_fit_and_children_lie_in_their_parents(given_blocks: list[Block], size: int) -> None:
    for each in cut(given_blocks, mode="structure", size=size).chunks:
        assert measure(each.content) <= size

    made = cut(given_blocks, mode="parent_child", parent_size=size + 100, child_size=size // 2)
    for each in made.chunks:
        if each.kind == "child":
            assert each.parent_index is not None
            parent = made.chunks[each.parent_index]
            assert parent.kind == "parent"
            assert (parent.start or 0) <= (each.start or 0) <= (each.end or 0) <= (parent.end or 0)
            assert measure(each.content) <= size // 2


def test_sentences_stay_whole_and_fill_the_passage() -> None:
    sentences = [f"This is sentence number {n} of a long text." for n in range(60)]
    made = chunk([Block(" ".join(sentences))], Processing())

    assert " ".join(each.content for each in made.chunks) == made.text == " ".join(sentences)
    assert all(each.content.endswith(".") for each in made.chunks)
    assert all(500 < measure(each.content) <= 1000 for each in made.chunks[:-1])


def test_chinese_sentences_end_at_their_stops() -> None:
    sentence = "知识库可以回答员工的问题，每个答案都有“出处！”"
    made = chunk([Block(sentence * 50)], Processing())

    assert "".join(each.content for each in made.chunks) == made.text
    assert [len(each.content) // len(sentence) for each in made.chunks] == [17, 17, 16]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "I saw what Dr. Smith wrote, e.g. on page 3.5 of it. " * 3,
            ["I saw what Dr. Smith wrote, e.g. on page 3.5 of it."] * 3,
        ),
        ("Was it “so?” Yes. " * 8, ["Was it “so?” Yes. " * 5, "Was it “so?” Yes. " * 3]),
        (
            "A line that was wrapped by an editor in the midst of\nthe sentence. And it goes on from there to an end.",
            [
                "A line that was wrapped by an editor in the midst of\nthe sentence.",
                "And it goes on from there to an end.",
            ],
        ),
        ("好。" * 60, ["好。" * 20, "好。" * 20, "好。" * 20]),
        ("x" * 250, ["x" * 100, "x" * 100, "x" * 50]),
    ],
)
def test_where_sentences_end(text: str, expected: list[str]) -> None:
    made = cut([Block(text.strip())], mode="structure", size=100)
    assert [each.content for each in made.chunks] == [each.strip() for each in expected]


def test_headings_open_passages_and_name_their_path() -> None:
    given_blocks = [
        Block("Guide", "heading", 1),
        Block("Start", "heading", 2),
        Block("Run it.", page=2, box=(0.1, 0.1, 0.9, 0.2)),
        Block("Stop", "heading", 2),
        Block("Press Ctrl-C.", page=3, box=(0.1, 0.5, 0.9, 0.6)),
        Block("Licence", "heading", 1),
        Block("Free.", page=4),
    ]

    made = chunk(given_blocks, Processing())

    assert made.text == "Guide\n\nStart\n\nRun it.\n\nStop\n\nPress Ctrl-C.\n\nLicence\n\nFree."
    assert made.chunks == [
        Draft(
            "passage", "Guide\n\nStart\n\nRun it.", 0, 21, ["Guide", "Start"], 2,
            [{"page": 2, "x0": 0.1, "y0": 0.1, "x1": 0.9, "y1": 0.2}],
        ),
        Draft(
            "passage", "Stop\n\nPress Ctrl-C.", 23, 42, ["Guide", "Stop"], 3,
            [{"page": 3, "x0": 0.1, "y0": 0.5, "x1": 0.9, "y1": 0.6}],
        ),
        Draft("passage", "Licence\n\nFree.", 44, 58, ["Licence"], 4),
    ]  # fmt: skip


def test_a_page_ends_a_passage_unless_a_sentence_goes_on() -> None:
    given_blocks = [Block("One ends.", page=1), Block("Two goes", page=2), Block("on here. Three.", page=3)]

    made = chunk(given_blocks, Processing())

    assert [(each.content, each.page) for each in made.chunks] == [
        ("One ends.", 1),
        ("Two goes\n\non here. Three.", 2),
    ]


def _table(n: int, *headers: str, page: int | None = None) -> list[Block]:
    found = []
    for row in range(n):
        cells = tuple(f"{header.lower()} {row}" for header in headers)
        found.append(
            Block(row_text(headers, cells), "row", 0, page, (0.1, row / n, 0.9, (row + 1) / n), headers, cells)
        )
    return found


def test_every_passage_with_rows_names_their_columns_once() -> None:
    made = cut([Block("The list:"), *_table(9, "City", "Limit", page=1)], mode="structure", size=100)

    assert [each.content for each in made.chunks] == [
        "The list:\n\nCity | Limit\n" + "\n".join(f"city {n} | limit {n}" for n in range(4)),
        "City | Limit\n" + "\n".join(f"city {n} | limit {n}" for n in range(4, 9)),
    ]
    assert made.chunks[1].boxes == [{"page": 1, "x0": 0.1, "y0": 4 / 9, "x1": 0.9, "y1": 1.0}]
    assert made.chunks[1].content == made.text[made.chunks[1].start : made.chunks[1].end]


def test_a_row_that_does_not_fit_under_its_header_names_its_cells() -> None:
    headers, cells = ("Note", "Description"), ("short", "word " * 30)
    made = cut([Block(row_text(headers, cells), "row", headers=headers, cells=cells)], mode="structure", size=100)

    assert made.chunks[0].content.startswith("Note: short | Description: word word")
    assert letters(made.text) == letters(row_text(headers, cells))


def test_code_is_cut_between_lines_and_keeps_its_indentation() -> None:
    code = Block("\n".join(f"    line_{n} = {n}" for n in range(60)), "code")

    made = cut([code], mode="structure", size=200)

    lines = [line.strip() for each in made.chunks for line in each.content.split("\n")]
    assert lines == [line.strip() for line in code.text.split("\n")]
    assert all("\n    line_" in each.content for each in made.chunks)


def test_what_announces_a_list_goes_with_it() -> None:
    given_blocks = [Block("A sentence that fills the passage nearly whole, as it should be."), Block("Bring these:")]
    made = cut(
        [*given_blocks, Block("- a tent, ropes and a lamp", "list"), Block("- water", "list")],
        mode="structure",
        size=100,
    )

    assert [each.content for each in made.chunks] == [
        "A sentence that fills the passage nearly whole, as it should be.",
        "Bring these:\n\n- a tent, ropes and a lamp\n- water",
    ]


def test_fixed_windows_overlap_and_begin_with_a_word() -> None:
    text = " ".join(f"word{n}" for n in range(60))
    made = cut([Block(text)], mode="fixed", size=100, overlap=30)

    assert [each.content.split()[0] for each in made.chunks] == [
        "word0",
        "word11",
        "word21",
        "word31",
        "word41",
        "word51",
    ]
    assert all(left.end > right.start for left, right in pairwise(made.chunks))  # type: ignore[operator]


def test_an_emoji_of_several_parts_is_not_cut() -> None:
    family = "👩‍👩‍👧‍👦"
    made = cut([Block(family * 40)], mode="fixed", size=100, overlap=0)
    assert all(len(each.content) % len(family) == 0 for each in made.chunks)


def test_separators_cut_and_long_pieces_are_cut_further() -> None:
    text = "one###two and some more words\n\n" + "甲乙丙丁。" * 10 + "###three"
    made = cut([Block(text)], mode="separator", separator="###", max_tokens=20, overlap_tokens=5)

    assert [each.content for each in made.chunks] == [
        "one###", "two and some more words", "甲乙丙丁。" * 4, "甲乙丙丁。" * 4, "甲乙丙丁。" * 4,
        "甲乙丙丁。###", "three",
    ]  # fmt: skip


def test_children_point_to_their_parents() -> None:
    given_blocks = [Block("Food", "heading", 1), Block("Lunch is free. Dinner is not."), Block("Pay at the till.")]

    made = cut(given_blocks, mode="parent_child", child_size=50)

    assert [(each.kind, each.content, each.parent_index) for each in made.chunks] == [
        ("parent", "Food\n\nLunch is free. Dinner is not.\n\nPay at the till.", None),
        ("child", "Food\n\nLunch is free. Dinner is not.", 0),
        ("child", "Pay at the till.", 0),
    ]


def test_pairs_of_a_table_are_found_by_the_names_of_its_columns() -> None:
    headers = ("编号", "答案", "问题", "关键词")
    cells = ("7", "免费。", "午餐多少钱？", "午餐, 价格")
    row = Block(row_text(headers, cells), "row", page=2, headers=headers, cells=cells)

    made = cut([row], mode="qa")

    assert made.text == "午餐多少钱？\n免费。"
    assert made.chunks == [
        Draft("pair", "午餐多少钱？", 0, 6, [], 2, answer="免费。", keywords=["午餐", "价格"]),
    ]
    named = cut([row], mode="qa", question_column="编号", answer_column="问题").chunks
    assert [(each.content, each.answer) for each in named] == [("7", "午餐多少钱？")]
    assert cut([row], mode="qa", question_column="No", answer_column="问题").chunks == []


def test_pairs_of_a_text_are_found_by_marks_and_by_headings_that_ask() -> None:
    given_blocks = [
        Block("Money", "heading", 1),
        Block("Is lunch free?", "heading", 2),
        Block("Yes."),
        Block("Every day."),
        Block("More", "heading", 2),
        Block("Skipped."),
        Block("**Q1:** Who pays\nfor dinner?\n**A1:** You do.\nQ: And tea?"),
        Block("A: Free."),
    ]

    made = cut(given_blocks, mode="qa")

    assert [(each.content, each.answer, each.headings) for each in made.chunks] == [
        ("Is lunch free?", "Yes.\nEvery day.", ["Money"]),
        ("Who pays\nfor dinner?", "You do.", ["Money", "More"]),
        ("And tea?", "Free.", ["Money", "More"]),
    ]


def test_pairs_are_asked_for_where_the_document_has_none() -> None:
    asked: list[str] = []

    def ask(passage: Draft) -> list[Pair]:
        asked.append(passage.content)
        return [Pair("When?", "Now.")]

    rule = checked({"chunker": {"mode": "qa"}})
    made = chunk([Block("Food", "heading", 1), Block("Lunch is now.", page=3)], rule, ask)

    assert asked == ["Food\n\nLunch is now."]
    assert made.chunks == [Draft("pair", "When?", None, None, ["Food"], 3, answer="Now.")]
    assert chunk([Block("Lunch.")], rule).chunks == []


def test_the_whole_document_is_one_chunk() -> None:
    made = cut([Block("Food", "heading", 1), Block("Lunch.")], mode="full")
    assert made.chunks == [Draft("passage", "Food\n\nLunch.", 0, 12, ["Food"], None)]


@pytest.mark.parametrize("mode", MODES)
def test_nothing_gives_nothing(mode: str) -> None:
    assert cut([], **MODES[mode]) == Chunked("", [])


def test_a_large_table_is_cut_in_time_that_grows_with_it() -> None:
    made = chunk(_table(20_000, "City", "Limit"), Processing(cleaning=Cleaning()))
    assert sum(each.content.count("\n") for each in made.chunks) == 20_000
