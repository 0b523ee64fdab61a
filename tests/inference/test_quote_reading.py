"""How the extractive answerer reads: passages and questions out of messages, units out of passages, terms out of
text.
"""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.quote.passages import Passage, Reading, read
from inference.quote.terms import language_of, stem, terms
from inference.quote.units import Unit, split_sentences, units_of
from inference.request import Turn

BLOCKS = "[1] One\nFirst text.\n\nIts second paragraph, see [2] below.\n\n[2] Two\nSecond text."
PASSAGES = [
    Passage(1, "One", "First text.\n\nIts second paragraph, see [2] below."),
    Passage(2, "Two", "Second text."),
]


@pytest.mark.parametrize(
    ("turns", "question"),
    [
        ([Turn("system", BLOCKS), Turn("user", "Why?")], "Why?"),
        ([Turn("system", f"Use this.\n<context>\n{BLOCKS}\n</context>\nBe brief."), Turn("user", "Why?")], "Why?"),
        ([Turn("user", f"Context:\n{BLOCKS}\n\nQuestion: Why?")], "Why?"),
        ([Turn("user", f"Question: Why?\n\nContext:\n\n{BLOCKS}")], "Why?\n\nContext:"),
        ([Turn("user", f"{BLOCKS}\n\n**问题：** 为什么？\n再说一次。")], "为什么？\n再说一次。"),
        ([Turn("user", f"{BLOCKS}\n\nWhy is that?")], "Why is that?"),
        ([Turn("user", f"Why is that?\n\n{BLOCKS}")], "Why is that?"),
        (
            [
                Turn("user", f"{BLOCKS}\n\nAnswer from the passages above.\n\n请根据以上资料回答。"),
                Turn("user", "Why?"),
            ],
            "Why?",
        ),
        (
            [Turn("system", BLOCKS), Turn("user", "Old?"), Turn("assistant", "[1] No\nNo."), Turn("user", "Why?")],
            "Why?",
        ),
        ([Turn("system", f"Use only these passages: {BLOCKS}"), Turn("user", "Why?")], "Why?"),
        ([Turn("system", f"只用这些资料：{BLOCKS}"), Turn("user", "为什么？")], "为什么？"),
        ([Turn("system", BLOCKS), Turn("user", "Question: is this one?")], "Question: is this one?"),
    ],
)
def test_reading_a_conversation(turns: list[Turn], question: str) -> None:
    assert read(turns) == Reading(PASSAGES, question)


def test_numbers_out_of_turn_are_text() -> None:
    text = "[1] Notes\nAs shown.\n[2] not after a blank line\n\n[7] a footnote"

    assert read([Turn("system", text), Turn("user", "q")]).passages == [
        Passage(1, "Notes", "As shown.\n[2] not after a blank line\n\n[7] a footnote")
    ]


def test_nothing_to_read() -> None:
    assert read([Turn("user", "hello")]) == Reading([], "hello")
    assert read([Turn("system", "x")]) == Reading([], "")


@pytest.mark.parametrize(
    ("content", "units"),
    [
        (
            "编号 | 名称 | 单价\nSP-1 | 鼠标 | 89\nSP-2 | 键盘 |",
            [("SP-1 | 鼠标 | 89", "编号 | 名称 | 单价"), ("SP-2 | 键盘", "编号 | 名称 | 单价")],
        ),
        ("编号: SP-1 | 名称: 鼠标 | 单价: 89\n编号: SP-2 | 名称: 键盘 | 单价: 399",
         [("编号: SP-1 | 名称: 鼠标 | 单价: 89", ""), ("编号: SP-2 | 名称: 键盘 | 单价: 399", "")]),
    ],
)  # fmt: skip
def test_rows_of_a_sheet_keep_their_head(content: str, units: list[tuple[str, str]]) -> None:
    assert [(unit.text, unit.header) for unit in units_of(Passage(1, "价目表", content))] == units


def test_units_of_markdown() -> None:
    content = """# Setup

It runs on Linux, e.g. Debian 12. Version 3.11 works! Does 3.10? No.
Run:

```sh
make up
```

Choose one of:
- red
- green,
  or blue

| Key | Meaning |
|-----|---------|
| A | first |

Done"""

    units = [(unit.text, unit.context) for unit in units_of(Passage(1, "Guide", content))]

    assert units == [
        ("It runs on Linux, e.g. Debian 12.", "Guide Setup"),
        ("Version 3.11 works!", "Guide Setup"),
        ("Does 3.10?", "Guide Setup"),
        ("No.", "Guide Setup"),
        ("Run:\n```sh\nmake up\n```", "Guide Setup"),
        ("Choose one of:\n- red\n- green, or blue", "Guide Setup"),
        ("red", "Guide Setup"),
        ("green, or blue", "Guide Setup"),
        ("A | first", "Guide Setup Key | Meaning"),
        ("Done", "Guide Setup"),
    ]


def test_sentences_of_chinese_and_wrapped_lines() -> None:
    content = "第一句话写到\n下一行。第二句！“第三句？”他问。\n\nA line that a PDF\nhas broken. Dr. Li agrees."

    assert [unit.text for unit in units_of(Passage(1, "T", content))] == [
        "第一句话写到下一行。",
        "第二句！",
        "“第三句？”",
        "他问。",
        "A line that a PDF has broken.",
        "Dr. Li agrees.",
    ]


@given(st.text('ab .!?。！\n中1,"', max_size=60))
def test_no_text_is_lost_in_sentences(text: str) -> None:
    def squeezed(value: str) -> str:
        return "".join(value.split())

    assert squeezed("".join(split_sentences(text))) == squeezed(text)


def test_terms_match_across_forms() -> None:
    assert {stem(word) for word in ("start", "starts", "started", "starting")} == {"start"}
    assert {stem(word) for word in ("install", "installs", "installation", "installing")} == {"install"}
    assert {stem(word) for word in ("use", "uses", "using", "used")} == {"us"}
    assert {stem(word) for word in ("memory", "memories")} == {"memori"}
    assert {stem(word) for word in ("configure", "configuration", "configured")} == {"configur"}
    assert terms("What is the server's MAX_UPLOAD_MB?") == Counter(
        {"server": 1, "max": 1, "upload": 1, "mb": 1, "max_upload_mb": 1}
    )
    assert terms("公司的总部在哪里？") == Counter({"公司": 1, "总部": 1, "部在": 1})


def test_the_language_of_a_question() -> None:
    assert language_of("What is Weft?") == "en"
    assert language_of("Weft 是什么？") == "zh"
    assert language_of("") == "en"


def test_a_short_line_above_a_paragraph_is_a_heading() -> None:
    passage = Passage(1, "notes.md", "Opening hours\n\nThe workshop opens at seven.\n\nLast words")

    assert units_of(passage) == [
        Unit(1, 0, "The workshop opens at seven.", "notes.md Opening hours"),
        Unit(1, 1, "Last words", "notes.md Opening hours"),
    ]
