from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from apps.knowledge.analysis import terms_of
from apps.knowledge.chunking import MAX_UNITS, Passage, chunk, units
from workflows.documents.blocks import Block

blocks = st.lists(
    st.builds(
        Block,
        st.text(min_size=1, max_size=300).map(str.strip).filter(bool),
        st.sampled_from(["text", "heading", "row", "code"]),
        st.integers(1, 6),
        st.none() | st.integers(1, 9),
    ),
    max_size=12,
)


@given(blocks, st.integers(20, 200))
def test_passages_are_exact_pieces_in_order_and_lose_no_word(blocks: list[Block], size: int) -> None:
    text, passages = chunk(blocks, size)

    assert all(passage.content == text[passage.start : passage.end] for passage in passages)
    assert all(left.end <= right.start for left, right in pairwise(passages))
    kept = "".join(passage.content for passage in passages)
    assert "".join(kept.split()) == "".join(text.split())


def test_sentences_stay_whole_and_fill_the_passage() -> None:
    sentences = [f"This is sentence number {n} of a long text." for n in range(60)]
    text, passages = chunk([Block(" ".join(sentences))])

    assert " ".join(passage.content for passage in passages) == text
    assert all(passage.content.endswith(".") for passage in passages)
    assert all(MAX_UNITS // 2 < units(passage.content) <= MAX_UNITS for passage in passages[:-1])


def test_chinese_sentences_end_at_their_stops() -> None:
    sentence = "知识库可以回答员工的问题，每个答案都有“出处！”"
    text, passages = chunk([Block(sentence * 40)])

    assert "".join(passage.content for passage in passages) == text
    assert all(passage.content.endswith("！”") and units(passage.content) <= MAX_UNITS for passage in passages)
    assert len(passages) == 3


def test_abbreviations_and_numbers_do_not_end_sentences() -> None:
    _, passages = chunk([Block("See Dr. Smith, e.g. on page 3.5 of it. Then stop.")], 40)
    assert [passage.content for passage in passages] == ["See Dr. Smith, e.g. on page 3.5 of it.", "Then stop."]


def test_headings_open_passages_and_name_their_path() -> None:
    blocks = [
        Block("Guide", "heading", 1),
        Block("Start", "heading", 2),
        Block("Run it.", page=2),
        Block("Stop", "heading", 2),
        Block("Press Ctrl-C.", page=3),
        Block("Licence", "heading", 1),
        Block("Free.", page=4),
    ]

    text, passages = chunk(blocks)

    assert text == "Guide\n\nStart\n\nRun it.\n\nStop\n\nPress Ctrl-C.\n\nLicence\n\nFree."
    assert passages == [
        Passage("Guide\n\nStart\n\nRun it.", 0, 21, ["Guide", "Start"], None),
        Passage("Stop\n\nPress Ctrl-C.", 23, 42, ["Guide", "Stop"], None),
        Passage("Licence\n\nFree.", 44, 58, ["Licence"], None),
    ]


def test_rows_and_code_are_cut_between_lines() -> None:
    rows = [Block(f"City: Town {n} | Limit: {n * 10}", "row") for n in range(100)]
    code = Block("\n".join(f"line_{n} = {n}" for n in range(200)), "code")

    _, passages = chunk([*rows, code])

    lines = [line for passage in passages for line in passage.content.split("\n") if line]
    assert lines == [row.text for row in rows] + code.text.split("\n")


def test_a_word_without_end_is_cut_where_it_must_be() -> None:
    text, passages = chunk([Block("x" * 2000)])
    assert [len(passage.content) for passage in passages] == [800, 800, 400]
    assert "".join(passage.content for passage in passages) == text


def test_nothing_gives_nothing() -> None:
    assert chunk([]) == ("", [])


def test_terms_of_mixed_text() -> None:
    assert terms_of("Weft平台，ＧＰＵ 30天") == ["weft", "平", "台", "平台", "gpu", "30", "天"]
    assert terms_of("...") == []
