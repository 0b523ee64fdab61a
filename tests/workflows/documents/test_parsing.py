"""What files hold, as blocks: text, Markdown, HTML, Word, PDF, through the real process."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.documents import make_docx, make_pdf, make_zip_bomb
from workflows.documents import reading
from workflows.documents.blocks import Block
from workflows.documents.errors import ParseError
from workflows.documents.formats import format_of
from workflows.documents.parsed import Parsed

CHINESE = "人工智能正在改变世界。知识库可以回答员工的问题，每个答案都有出处。报销需要在三十天之内提交发票。"


def parsed(tmp_path: Path, name: str, data: bytes) -> Parsed:
    path = tmp_path / "stored"
    path.write_bytes(data)
    return reading.parse(path, format_of(name.rpartition(".")[2]))


def parse(tmp_path: Path, name: str, data: bytes) -> list[Block]:
    return [replace(block, box=None) for block in parsed(tmp_path, name, data).blocks]


def refused(tmp_path: Path, name: str, data: bytes) -> tuple[str, str]:
    with pytest.raises(ParseError) as refusal:
        parse(tmp_path, name, data)
    return refusal.value.code, refusal.value.message


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk", "big5"]
)
def test_text_in_every_usual_encoding(tmp_path: Path, encoding: str) -> None:
    text = (
        CHINESE
        if encoding != "big5"
        else "人工智慧正在改變世界。知識庫可以回答員工的問題，每個答案都有出處。報銷需要在三十天之內提交發票。"
    )
    data = text.encode(encoding) if encoding not in ("utf-16-le", "utf-16-be") else ("\ufeff" + text).encode(encoding)
    assert parse(tmp_path, "a.txt", data) == [Block(text)]


def test_utf16_without_a_mark(tmp_path: Path) -> None:
    assert parse(tmp_path, "a.txt", "Plain words in wide letters.".encode("utf-16-le")) == [
        Block("Plain words in wide letters.")
    ]


def test_paragraphs_of_plain_text(tmp_path: Path) -> None:
    data = b"First paragraph\r\nwith two lines.\r\n\r\n\r\nSecond.\x00\r\n"
    assert parse(tmp_path, "a.txt", data) == [Block("First paragraph\nwith two lines."), Block("Second.")]


def test_markdown_keeps_its_structure(tmp_path: Path) -> None:
    data = b"""---
title: skipped
---
# Guide #

Intro with *marks*.

Set up
------
```sh
# not a heading
make up
```
| Plan | Price |
|------|------:|
| Free | 0 |
| Team | 20 |

- one
- two
"""
    assert parse(tmp_path, "guide.md", data) == [
        Block("Guide", "heading", 1),
        Block("Intro with *marks*."),
        Block("Set up", "heading", 2),
        Block("# not a heading\nmake up", "code"),
        Block("Plan: Free | Price: 0", "row", headers=("Plan", "Price"), cells=("Free", "0")),
        Block("Plan: Team | Price: 20", "row", headers=("Plan", "Price"), cells=("Team", "20")),
        Block("- one\n- two", "list"),
    ]


def test_html_gives_the_content_and_not_the_page_around_it(tmp_path: Path) -> None:
    data = b"""<html><head><title>T</title><style>p{}</style></head><body>
<nav><a href="/">Home</a></nav><header>Site name</header>
<article><h1>Expenses</h1><p>Hand in <b>receipts</b>
within 30&nbsp;days.</p><script>alert(1)</script>
<ul><li>Train</li><li>Hotel<p>at most 100 euro</p></li></ul>
<table><tr><th>City</th><th>Limit</th></tr><tr><td>Bern</td><td>90</td></tr></table>
Loose end</article><footer>Imprint</footer></body></html>"""
    assert parse(tmp_path, "page.html", data) == [
        Block("Expenses", "heading", 1),
        Block("Hand in receipts within 30\xa0days."),
        Block("- Train", "list"),
        Block("- Hotel at most 100 euro", "list"),
        Block("City: Bern | Limit: 90", "row", headers=("City", "Limit"), cells=("Bern", "90")),
        Block("Loose end"),
    ]


def test_html_in_its_declared_encoding(tmp_path: Path) -> None:
    data = f'<html><head><meta charset="gb2312"></head><body><p>{CHINESE}</p></body></html>'.encode("gbk")
    assert parse(tmp_path, "page.htm", data) == [Block(CHINESE)]


def test_word_in_document_order(tmp_path: Path) -> None:
    data = make_docx(
        ("Title", "Handbook"),
        ("Heading 1", "Holidays"),
        ("Normal", "Everyone has 30 days."),
        ("Heading 2", "假期"),
        ("Normal", CHINESE),
        table=[["Year", "Days"], ["2026", "30"]],
    )
    assert parse(tmp_path, "a.docx", data) == [
        Block("Handbook", "heading", 1),
        Block("Holidays", "heading", 1),
        Block("Everyone has 30 days."),
        Block("假期", "heading", 2),
        Block(CHINESE),
        Block("Year: 2026 | Days: 30", "row", headers=("Year", "Days"), cells=("2026", "30")),
    ]


def test_pdf_pages_without_their_running_heads(tmp_path: Path) -> None:
    pages = [
        [
            "ACME Handbook",
            f"This is the body of page {n} and it is",
            "long enough to be broken into two lines.",
            f"Page {n}",
        ]
        for n in range(1, 6)
    ]
    assert parse(tmp_path, "a.pdf", make_pdf(pages)) == [
        Block(f"This is the body of page {n} and it is long enough to be broken into two lines.", page=n)
        for n in range(1, 6)
    ]


def test_chinese_pdf_with_a_font_that_is_not_embedded(tmp_path: Path) -> None:
    pdf = make_pdf([["人工智能正在改变世界，知识库可以回答员工的问题，", "每个答案都有出处。"]])
    assert parse(tmp_path, "a.pdf", pdf) == [
        Block("人工智能正在改变世界，知识库可以回答员工的问题，每个答案都有出处。", page=1)
    ]


GOOD_PDF = make_pdf([["words"]])


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("no.pdf", b"this is no PDF", "parse_failed"),
        ("cut.pdf", GOOD_PDF[:200], "parse_failed"),
        ("noise.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 50, "parse_failed"),
        ("locked.pdf", make_pdf([["words"]], encrypted=True), "parse_encrypted"),
        ("scan.pdf", make_pdf([[], []]), "parse_no_text"),
        ("no.docx", b"PK\x03\x04 broken", "parse_failed"),
        ("zip.docx", make_docx(("Normal", "x"))[:-300], "parse_failed"),
        ("bomb.docx", make_zip_bomb(), "parse_too_large"),
        ("binary.txt", bytes(range(128, 256)) * 3 + b"\xff\xfe\x00", "parse_encoding"),
    ],
)
def test_a_broken_file_is_a_sentence_with_a_remedy(tmp_path: Path, name: str, data: bytes, code: str) -> None:
    found, message = refused(tmp_path, name, data)
    assert found == code
    assert message.endswith(".")


def test_an_empty_file_has_no_blocks(tmp_path: Path) -> None:
    assert parse(tmp_path, "a.txt", b" \n\n ") == []


def test_deep_html_does_not_break_the_parser(tmp_path: Path) -> None:
    data = b"<div>" * 50_000 + b"deep" + b"</div>" * 50_000
    assert len(parse(tmp_path, "a.html", data)) <= 1


def test_a_parser_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"- {a: b}\n" * 400_000)
    with pytest.raises(ParseError) as refusal:
        reading.parse(path, "yaml", timeout_s=0.05)
    assert refusal.value.code == "parse_timeout"


def test_a_part_of_pictures_alone_is_refused_by_its_own_pages(tmp_path: Path) -> None:
    """Else each part of a long scan would be empty and fine."""
    path = tmp_path / "scan.pdf"
    path.write_bytes(make_pdf([[], [], [], ["Words."]]))
    for first, last in ((1, 2), (3, 3)):
        with pytest.raises(ParseError) as refusal:
            reading.parse(path, "pdf", first, last)
        assert refusal.value.code == "parse_no_text"
    assert [block.text for block in reading.parse(path, "pdf", 3, 4).blocks] == ["Words."]


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    os.mkfifo(path)  # nobody ever writes to it
    with pytest.raises(ParseError) as refusal:
        reading.parse(path, "text")
    assert refusal.value.code == "parse_failed"


def test_a_parse_is_given_up_on_request(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x")
    with pytest.raises(reading.Stopped):
        reading.parse(path, "text", should_stop=lambda: True)
