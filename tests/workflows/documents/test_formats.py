"""What each format gives: structure, places, tables under their headers, notes and alternative texts."""

from __future__ import annotations

import email.message
import io
import json
from dataclasses import replace
from pathlib import Path

import docx
import openpyxl
import pytest

from tests.fakes.documents import make_pdf
from tests.fakes.hostile import archive, compound
from workflows.documents import reading, recognition
from workflows.documents.blocks import Block, dump, load
from workflows.documents.errors import ParseError
from workflows.documents.formats import EXTENSIONS, FORMATS, format_of
from workflows.documents.parsed import Outline, Parsed

HEADERS = ("City", "Limit")
BERN = Block("City: Bern | Limit: 90", "row", headers=HEADERS, cells=("Bern", "90"))
ROME = Block("City: Rome | Limit: 80", "row", headers=HEADERS, cells=("Rome", "80"))


def parsed(tmp_path: Path, name: str, data: bytes, first: int = 1, last: int = 2**31) -> Parsed:
    path = tmp_path / "stored"
    path.write_bytes(data)
    return reading.parse(path, format_of(name.rpartition(".")[2]), first, last)


def blocks(tmp_path: Path, name: str, data: bytes) -> list[Block]:
    return parsed(tmp_path, name, data).blocks


def workbook(*rows: list[object], merged: str = "", title: str = "Limits") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    if merged:
        sheet.merge_cells(merged)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_a_sheet_with_a_title_and_a_gap(tmp_path: Path) -> None:
    data = workbook(["Limits of 2026", None], HEADERS, ["Bern", 90], [], ["Rome", 80.0], merged="A1:B1")
    assert blocks(tmp_path, "a.xlsx", data) == [
        Block("Limits", "heading", 1), Block("Limits of 2026", "caption"), BERN, ROME
    ]  # fmt: skip


def test_merged_headers_and_merged_cells_are_spread(tmp_path: Path) -> None:
    data = workbook(["Region", "Sales", None], [None, "2025", "2026"], ["North", 1, 2], ["South", 3, 4], merged="B1:C1")
    rows = [block.text for block in blocks(tmp_path, "a.xlsx", data) if block.kind == "row"]
    assert rows[-1] == "Region: South | Sales / 2025: 3 | Sales / 2026: 4"


def test_two_tables_on_one_sheet_have_their_own_headers(tmp_path: Path) -> None:
    data = workbook(HEADERS, ["Bern", 90], [], ["Name", "Age", "Town"], ["Ann", 30, "Rome"], ["Bob", 31, "Bern"])
    assert [block.text for block in blocks(tmp_path, "a.xlsx", data)][1:] == [
        "City: Bern | Limit: 90", "Name: Ann | Age: 30 | Town: Rome", "Name: Bob | Age: 31 | Town: Bern"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", b"City,Limit\nBern,90\nRome,80\n"),
        ("a.tsv", b"City\tLimit\nBern\t90\n\nRome\t80\n"),
        ("a.csv", b"sep=;\nCity;Limit\nBern;90\nRome;80\n"),
        ("a.json", b'[{"City": "Bern", "Limit": 90}, {"City": "Rome", "Limit": 80}]'),
        ("a.yaml", b"- {City: Bern, Limit: 90}\n- {City: Rome, Limit: 80}\n"),
        ("a.jsonl", b'{"City": "Bern", "Limit": 90}\n\n{"City": "Rome", "Limit": 80}\n'),
        ("a.xml", b'<l><c City="Bern"><Limit>90</Limit></c><c City="Rome"><Limit>80</Limit></c></l>'),
        ("a.md", b"City | Limit\n--- | ---:\nBern | 90\nRome | 80\n"),
        (
            "a.html",
            b"<table><thead><tr><th>City<th>Limit</thead><tr><td>Bern<td>90<tr><td>Rome<td><b>80</b></table>",
        ),
    ],
)
def test_rows_keep_their_header_in_every_format(tmp_path: Path, name: str, data: bytes) -> None:
    rows = [block for block in blocks(tmp_path, name, data) if block.kind == "row"]
    assert rows == [BERN, ROME]
    assert load(json.loads(json.dumps(dump(rows)))) == rows


def test_a_part_of_a_long_table_knows_the_header_above_it(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("City,Limit\n" + "".join(f"Town {n},{n}\n" for n in range(2, 50_001)))
    outline = reading.outline(path, "csv")
    assert outline == Outline("row", 50_000, ((1, 20_000), (20_001, 40_000), (40_001, 50_000)))
    found = reading.parse(path, "csv", *outline.parts[1]).blocks
    assert len(found) == 20_000
    assert found[0] == Block("City: Town 20001 | Limit: 20001", "row", headers=HEADERS, cells=("Town 20001", "20001"))


def test_word_lists_code_notes_boxes_and_merged_cells(tmp_path: Path) -> None:
    document = docx.Document()
    document.core_properties.title = "Manual"
    document.add_paragraph("first", style="List Number")
    document.add_paragraph("point", style="List Bullet")
    document.add_paragraph("Figure 1: The parts", style="Caption")
    table = document.add_table(3, 3)
    for row, texts in zip(table.rows, (("Part", "Size", ""), ("Bolt", "M6", "20"), ("", "M8", "30")), strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    table.cell(0, 1).merge(table.cell(0, 2))
    table.cell(1, 0).merge(table.cell(2, 0))
    target = io.BytesIO()
    document.save(target)
    found = parsed(tmp_path, "a.docx", target.getvalue())
    assert found.title == "Manual"
    assert [(block.kind, block.text) for block in found.blocks] == [
        ("list", "1. first"),
        ("list", "- point"),
        ("caption", "Figure 1: The parts"),
        ("row", "Part: Bolt | Size: M6 | Size: 20"),
        ("row", "Part: Bolt | Size: M8 | Size: 30"),
    ]


def slide(*shapes: str) -> bytes:
    return (
        '<p:sld xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><p:cSld><p:spTree>'
        f"{''.join(shapes)}</p:spTree></p:cSld></p:sld>"
    ).encode()


def shape(role: str, *texts: str, description: str = "") -> str:
    paragraphs = "".join(f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>" for text in texts)
    kind = f'<p:nvPr><p:ph type="{role}"/></p:nvPr>' if role else ""
    own = f'<p:nvSpPr><p:cNvPr id="1" name="x" descr="{description}"/>{kind}</p:nvSpPr>'
    return f"<p:sp>{own}<p:txBody>{paragraphs}</p:txBody></p:sp>"


def test_slides_have_titles_bullets_notes_and_alternative_texts(tmp_path: Path) -> None:
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        'Type="notes" Target="../notesSlides/notesSlide1.xml"/></Relationships>'
    )
    data = archive(
        {
            "ppt/slides/slide1.xml": slide(
                shape("body", "one", "two"), shape("title", "Plan"), shape("", description="A tree in the rain")
            ),
            "ppt/slides/_rels/slide1.xml.rels": rels.encode(),
            "ppt/notesSlides/notesSlide1.xml": slide(shape("body", "Say it slowly."), shape("sldNum", "1")),
        }
    )
    assert blocks(tmp_path, "a.pptx", data) == [
        Block("Plan", "heading", 1, page=1),
        Block("- one", "list", page=1),
        Block("- two", "list", page=1),
        Block("A tree in the rain", "caption", page=1),
        Block("Say it slowly.", page=1),
    ]


def test_a_web_page_without_its_furniture(tmp_path: Path) -> None:
    menu = "".join(f'<li><a href="/{n}">Menu {n}</a></li>' for n in range(9))
    data = f"""<html lang="en"><head><title>Rates &amp; rules</title><script>track()</script></head><body>
<a class="skip" href="#c">Skip to content</a><div class="top-nav"><ul>{menu}</ul></div><div><ul>{menu}</ul></div>
<div id="cookie-banner"><p>We use cookies.</p><button>Accept</button></div>
<form><label>Search</label><input></form><div style="display:none">hidden</div>
<div class="content"><h1>Rules</h1><p>Pay within 30 days.<br>No exceptions.</p><pre>a = 1
b = 2</pre><ol><li>First<ul><li>Inner</li></ul></li><li>Second</li></ol>
<figure><img src="x.png" alt="A chart of rates"><figcaption>Rates</figcaption></figure>
<table><tr><td>Layout</td></tr></table></div>
<footer>Imprint</footer></body></html>"""
    found = parsed(tmp_path, "a.html", data.encode())
    assert (found.title, found.language) == ("Rates & rules", "en")
    assert found.blocks == [
        Block("Rules", "heading", 1),
        Block("Pay within 30 days.\nNo exceptions."),
        Block("a = 1\nb = 2", "code"),
        Block("1. First", "list"),
        Block("  - Inner", "list"),
        Block("2. Second", "list"),
        Block("A chart of rates"),
        Block("Rates", "caption"),
        Block("Layout"),
    ]


def test_what_only_sounds_like_furniture_is_kept(tmp_path: Path) -> None:
    news = "".join(f'<li><a href="/{n}">第{n}届世界互联网大会今日在乌镇开幕</a></li>' for n in range(6))
    data = f"""<html><body><div class="page-header"><h1>Title</h1></div>
<div class="article-header menu"><h2>Part</h2></div>
<p>Call <code class="language-python">run()</code> in the <span class="nav">navigation</span>.</p>
<div class="highlight language-js"><pre>let a</pre></div>
<div class="related"><p>Related work is discussed by many authors at length.</p></div>
<ul class="news">{news}</ul></body></html>"""
    assert [block.text for block in blocks(tmp_path, "a.html", data.encode())] == [
        "Title", "Part", "Call run() in the navigation.", "let a",
        "Related work is discussed by many authors at length.",
        *(f"- 第{n}届世界互联网大会今日在乌镇开幕" for n in range(6)),
    ]  # fmt: skip


def test_feeds_notebooks_and_json(tmp_path: Path) -> None:
    feed = """<?xml version="1.0"?><rss version="2.0"><channel><title>News</title><item><title>One</title>
<link>http://x/1</link><description>&lt;p&gt;Some &lt;b&gt;news&lt;/b&gt;&lt;/p&gt;</description></item>
</channel></rss>"""
    assert blocks(tmp_path, "a.xml", feed.encode()) == [
        Block("News", "heading", 1), Block("One", "heading", 2), Block("http://x/1"), Block("Some news")
    ]  # fmt: skip
    cells = [
        {"cell_type": "markdown", "source": ["# Study\n", "Text"]},
        {"cell_type": "code", "source": "1+1", "outputs": [{"data": {"text/plain": ["2"]}}]},
    ]
    assert blocks(tmp_path, "a.ipynb", json.dumps({"cells": cells}).encode()) == [
        Block("Study", "heading", 1), Block("Text"), Block("1+1", "code"), Block("2", "code")
    ]  # fmt: skip
    value = {"name": "Weft", "tags": ["a", "b"], "limits": {"day": {"max": 3}}}
    assert blocks(tmp_path, "a.json", json.dumps(value).encode()) == [
        Block("name: Weft"), Block("tags", "heading", 1), Block("- a\n- b", "list"),
        Block("limits", "heading", 1), Block("day", "heading", 2), Block("max: 3"),
    ]  # fmt: skip


def test_a_mail_with_what_was_attached(tmp_path: Path) -> None:
    mail = email.message.EmailMessage()
    mail["From"], mail["Subject"] = "Ann <ann@example.com>", "Limits"
    mail.set_content("See below.")
    mail.add_attachment(b"City,Limit\nBern,90\n", maintype="text", subtype="csv", filename="limits.csv")
    mail.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="logo.png")
    found = parsed(tmp_path, "a.eml", mail.as_bytes())
    assert found.title == "Limits"
    assert found.blocks == [
        Block("Limits", "heading", 1),
        Block("From: Ann <ann@example.com>\nSubject: Limits"),
        Block("See below."),
        Block("limits.csv", "heading", 2),
        BERN,
        Block("[logo.png]", "caption"),
    ]


def test_an_outlook_mail(tmp_path: Path) -> None:
    def text(value: str) -> bytes:
        return value.encode("utf-16-le").ljust(4096, b"\0")

    data = compound(
        {
            "__properties_version1.0": bytes(4096),
            "__substg1.0_0037001F": text("假期 Holidays"),
            "__substg1.0_0C1A001F": text("Ann"),
            "__substg1.0_1000001F": text("Thirty days.\r\n\r\nNot more."),
        }
    )
    assert blocks(tmp_path, "a.msg", data) == [
        Block("假期 Holidays", "heading", 1),
        Block("From: Ann\nSubject: 假期 Holidays"),
        Block("Thirty days."),
        Block("Not more."),
    ]


def test_a_pdf_paragraph_has_its_place(tmp_path: Path) -> None:
    (found,) = blocks(tmp_path, "a.pdf", make_pdf([["The first line of a paragraph that", "goes on here."]]))
    assert found.text == "The first line of a paragraph that goes on here."
    assert found.box is not None
    x0, y0, x1, y1 = found.box
    assert 0.09 < x0 < 0.12
    assert x0 < x1 < 0.6
    assert 0.08 < y0 < y1 < 0.16


def drawn_pdf(content: str) -> bytes:
    """One page of 400 by 300 points with these drawing operators."""
    head = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj "
    page = b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 300]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"
    font = b"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj "
    stream = b"4 0 obj<</Length %d>>stream\n%s\nendstream endobj " % (len(content), content.encode())
    return head + page + b"endobj " + font + stream + b"trailer<</Root 1 0 R>>"


def written(x: int, y: int, text: str, size: int = 10) -> str:
    return f"BT /F1 {size} Tf {x} {y} Td ({text}) Tj ET\n"


def test_tables_of_a_pdf_with_and_without_rules(tmp_path: Path) -> None:
    rules = "".join(f"50 {y} m 350 {y} l S\n" for y in (220, 200, 180, 160))
    rules += "".join(f"{x} 160 m {x} 220 l S\n" for x in (50, 200, 350))
    cells = (
        ("City", 60, 206),
        ("Limit", 210, 206),
        ("Bern", 60, 186),
        ("90", 210, 186),
        ("Rome", 60, 166),
        ("80", 210, 166),
    )
    ruled = rules + written(50, 260, "Rates", 20) + "".join(written(x, y, text) for text, x, y in cells)
    found = blocks(tmp_path, "a.pdf", drawn_pdf(ruled + written(50, 120, "Words below the table.")))
    assert [(block.kind, block.text) for block in found] == [
        ("heading", "Rates"), ("row", BERN.text), ("row", ROME.text), ("text", "Words below the table.")
    ]  # fmt: skip
    assert [block.box for block in found[1:3]] == [(0.125, 0.3333, 0.875, 0.4), (0.125, 0.4, 0.875, 0.4667)]

    columns = [("Name", "Age", "Town"), ("Ann", "30", "Rome"), ("Bob", "31", "Bern")]
    loose = "".join(
        written(50 + 100 * column, 200 - 14 * row, text)
        for row, texts in enumerate(columns)
        for column, text in enumerate(texts)
    )
    assert [block.text for block in blocks(tmp_path, "a.pdf", drawn_pdf(loose))] == [
        "Name: Ann | Age: 30 | Town: Rome", "Name: Bob | Age: 31 | Town: Bern"
    ]  # fmt: skip


def test_a_total_on_every_page_is_no_running_foot(tmp_path: Path) -> None:
    pages = [
        ["Invoices", *(f"Item {n}{i} costs money." for i in range(3)), "Total: 100", f"- {n} -"] for n in range(1, 6)
    ]
    texts = " ".join(block.text for block in blocks(tmp_path, "a.pdf", make_pdf(pages)))
    assert texts.count("Total: 100") == 5
    assert "Invoices" not in texts
    assert "- 3 -" not in texts


def test_pages_without_text_are_warnings_unless_there_is_nothing_else(tmp_path: Path) -> None:
    found = parsed(tmp_path, "a.pdf", make_pdf([["Words."], [], ["More."]]))
    assert [block.text for block in found.blocks] == ["Words.", "More."]
    assert [(warning.code, warning.page) for warning in found.warnings] == [("page_no_text", 2)]
    with pytest.raises(ParseError) as refused:
        parsed(tmp_path, "a.pdf", make_pdf([[], []]))
    assert refused.value.code == "parse_no_text"


def engine(folder: Path, text: str) -> Path:
    """A stand-in for Tesseract that knows what it will see, and says when it sees it."""
    program = folder / "tesseract"
    program.write_text(
        '#!/bin/sh\n[ "$1" = --list-langs ] && { echo eng; echo chi_sim; exit 0; }\n'
        f'head -c 2 "$1" > "$2.txt"; echo " {text} $4" >> "$2.txt"\n'
    )
    program.chmod(0o755)
    return program


def test_pictures_are_read_where_an_engine_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    picture = b"\x89PNG\r\n\x1a\n" + bytes(50)
    with pytest.raises(ParseError) as refused:
        parsed(tmp_path, "a.png", picture)
    assert refused.value.code == "ocr_missing"

    monkeypatch.setattr(recognition, "engine", lambda: str(engine(tmp_path, "seen")))
    assert [block.text for block in blocks(tmp_path, "a.bmp", b"BM" + bytes(50))] == ["BM seen eng+chi_sim"]
    found = parsed(tmp_path, "a.pdf", make_pdf([["Words."], []]))
    assert [(block.page, replace(block, page=None).text) for block in found.blocks] == [
        (1, "Words."), (2, "P5 seen eng+chi_sim")
    ]  # fmt: skip
    assert found.warnings == []


def test_every_extension_belongs_to_a_format() -> None:
    assert set(EXTENSIONS.values()) == set(FORMATS)
    assert {"pdf", "docx", "pptx", "xlsx", "xls", "csv", "html", "epub", "eml", "msg", "json", "png"} <= set(EXTENSIONS)
