"""Text out of files of every format, and out of none that is broken, locked, hostile or too large."""

from __future__ import annotations

import asyncio
import email.message
import io
import json
import time
import zipfile
from typing import Any

import docx
import openpyxl
import psutil
import pytest

from tests.fakes.documents import make_pdf, make_zip_bomb
from tests.workflows.builders import document, node, until
from workflows import Ports
from workflows.documents.errors import ParseError
from workflows.documents.formats import EXTENSIONS, format_of
from workflows.documents.reading import extract
from workflows.events import NodeFinished, RunFailed
from workflows.testing import MemoryFiles, run_to_events

CHINESE = "年假为三十天，请在离开前两周提出申请。员工手册规定了所有的细节。"

TRADITIONAL = "年假為三十天，請在離開前兩週提出申請。員工手冊規定了所有的細節。"


def make_zip(parts: dict[str, str]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return target.getvalue()


def make_docx() -> bytes:
    file = docx.Document()
    file.add_heading("Holidays", 1)
    table = file.add_table(2, 2)
    for cell, text in zip(
        [*table.rows[0].cells, *table.rows[1].cells], ["Year", "Days", "2026", "30 | 31"], strict=True
    ):
        cell.text = text
    file.add_paragraph(CHINESE)
    target = io.BytesIO()
    file.save(target)
    return target.getvalue()


def make_xlsx(*sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def slide(body: str) -> str:
    return (
        '<p:sld xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
        f'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><p:cSld>{body}</p:cSld></p:sld>'
    )


def paragraph(text: str) -> str:
    return f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>"


PPTX = make_zip(
    {
        "ppt/slides/slide10.xml": slide(paragraph("Last")),
        "ppt/slides/slide2.xml": slide(
            paragraph("Second")
            + f"<a:tbl><a:tr><a:tc>{paragraph('A')}</a:tc><a:tc>{paragraph('B')}</a:tc></a:tr></a:tbl>"
        ),
        "ppt/slides/slide1.xml": slide(paragraph("First &amp; foremost") + paragraph("")),
    }
)
EPUB = make_zip(
    {
        "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
        "OEBPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf"><manifest><item id="b" href="two.xhtml"/>'
        '<item id="a" href="c%201/one.xhtml"/></manifest><spine><itemref idref="a"/><itemref idref="b"/>'
        "</spine></package>",
        "OEBPS/c 1/one.xhtml": '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>T</title>'
        "<style>p{}</style></head><body><h1>One</h1><p>It <b>was</b>\n so.</p></body></html>",
        "OEBPS/two.xhtml": "<html><body><p>Two</p><script>x()</script></body></html>",
    }
)
ODT = make_zip(
    {
        "content.xml": '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><office:body><text:h>Title</text:h>'
        "<text:p>Some <text:span>words</text:span></text:p><table:table><table:table-row>"
        "<table:table-cell><text:p>A</text:p></table:table-cell><table:table-cell><text:p>B</text:p></table:table-cell>"
        "</table:table-row></table:table></office:body></office:document-content>",
    }
)
VTT = b"""WEBVTT

1
00:00:00.000 --> 00:00:02.000
<v Ann>Good <i>morning</i>.

00:00:02.000 --> 00:00:03.000
<v Ann>Shall we?

00:00:03.000 --> 00:00:04.000
<v Bob>Yes.

00:00:04.000 --> 00:00:05.000
(laughter)
"""


def make_mail(html: bool) -> bytes:
    mail = email.message.EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Ann <ann@example.com>", "bob@example.com", "Grüße"
    mail.set_content(
        "<p>Hello <b>Bob</b></p>\n" if html else f"Hello\n{CHINESE}\n", subtype="html" if html else "plain"
    )
    mail.add_attachment(b"secret attachment", maintype="application", subtype="octet-stream", filename="a.bin")
    return mail.as_bytes()


HEAD = "From: Ann <ann@example.com>\nTo: bob@example.com\nSubject: Grüße\n\n"
TABLE = [["Name", "Price", None], ["Tea\nblack", 1.5, None], ["A|B", 2.0, None], [None, None, None]]
AS_MARKDOWN = "| Name | Price |\n| --- | --- |\n| Tea black | 1.5 |\n| A\\|B | 2 |"


@pytest.mark.parametrize(
    ("extension", "data", "text"),
    [
        (".txt", b"\xef\xbb\xbfline\r\nnext\x00", "line\nnext"),
        ("txt", CHINESE.encode("gb18030"), CHINESE),
        ("txt", TRADITIONAL.encode("big5"), TRADITIONAL),
        ("txt", CHINESE.encode("utf-16"), CHINESE),
        ("txt", "Latin words".encode("utf-16-le"), "Latin words"),
        ("txt", b"", ""),
        ("MD", b"# Title\n\n*text*", "# Title\n\n*text*"),
        ("html", b"<p>kept <b>as it is</b></p>", "<p>kept <b>as it is</b></p>"),
        ("xml", b"<a>&b;</a>", "<a>&b;</a>"),
        ("py", b"def main():\n    pass\n", "def main():\n    pass\n"),
        ("json", b'{"b":[1,"\\u4e2d"]}', '{\n  "b": [\n    1,\n    "中"\n  ]\n}'),
        ("yml", "b: [1, 中]\na: {c: d}".encode(), "b:\n- 1\n- 中\na:\n  c: d\n"),
        ("csv", b'a,b\nTea,1.5\n"A|B","2\n3"\n', "| a | b |\n| --- | --- |\n| Tea | 1.5 |\n| A\\|B | 2 3 |"),
        ("csv", b"a;b\n1;2\n3\n", "| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 |  |"),
        ("xlsx", make_xlsx(TABLE, [], [["x"]]), AS_MARKDOWN + "\n\n| x |\n| --- |"),
        ("xls", make_xlsx(TABLE), AS_MARKDOWN),
        ("docx", make_docx(), f"Holidays\n| Year | Days |\n| --- | --- |\n| 2026 | 30 \\| 31 |\n{CHINESE}"),
        ("pptx", PPTX, "First & foremost\n\nSecond\n| A | B |\n| --- | --- |\n\nLast"),
        ("odt", ODT, "Title\nSome words\n| A | B |\n| --- | --- |"),
        ("epub", EPUB, "One\nIt was so.\nTwo"),
        ("eml", make_mail(html=False), f"{HEAD}Hello\n{CHINESE}"),
        ("eml", make_mail(html=True), f"{HEAD}Hello Bob"),
        ("vtt", VTT, 'Ann "Good morning. Shall we?"\nBob "Yes."\n(laughter)'),
        ("properties", b"# note\na = 1\nb:2\nplain\nurl=http://x", "# note\na: 1\nb: 2\nplain\nurl: http://x"),
        ("pdf", make_pdf([["One."], ["Two."]]), "One.\n\nTwo."),
        ("pdf", make_pdf([[], []]), ""),
    ],
)  # fmt: skip
async def test_the_text_of_a_file(extension: str, data: bytes, text: str) -> None:
    assert await extract(data, extension) == text


GOOD = make_xlsx([["a"]])
LOOP = b"".join([b"a: &a0 [x]\n", *(f"k{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n".encode() for i in range(1, 9))])
LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 9))
ENTITIES = f'<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd"><!ENTITY l0 "lol">{LAUGHS}]>'


@pytest.mark.parametrize(
    ("extension", "data", "code"),
    [
        ("txt", bytes(range(128, 256)) * 3 + b"\xff\xfe\x00", "parse_encoding"),
        ("json", b"{", "parse_failed"),
        ("json", b"[" * 1_000_000, "parse_failed"),
        ("yaml", b"a: [", "parse_failed"),
        ("yaml", b"!!python/object/apply:os.system [id]", "parse_failed"),
        ("pdf", b"no PDF", "parse_failed"),
        ("pdf", make_pdf([["words"]])[:200], "parse_failed"),
        ("pdf", make_pdf([["words"]], encrypted=True), "parse_encrypted"),
        ("docx", b"PK\x03\x04 broken", "parse_failed"),
        ("docx", b"", "parse_failed"),
        ("docx", make_docx()[:-300], "parse_failed"),
        ("docx", make_zip_bomb(), "parse_too_large"),
        ("docx", bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600), "parse_encrypted"),
        ("xlsx", GOOD[:-200], "parse_failed"),
        ("xlsx", make_zip({"a": "b"}), "parse_failed"),
        ("xls", bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600), "parse_failed"),
        ("pptx", make_zip({"a": "b"}), "parse_failed"),
        ("pptx", make_zip({"ppt/slides/slide1.xml": "<a>"}), "parse_failed"),
        ("epub", make_zip({"META-INF/container.xml": "<a/>"}), "parse_failed"),
        ("eml", b"\x00\xff" * 100, "parse_failed"),
    ],
)
async def test_a_broken_file_is_a_sentence(extension: str, data: bytes, code: str) -> None:
    with pytest.raises(ParseError) as refused:
        await extract(data, extension)
    assert refused.value.code == code
    assert refused.value.message.endswith(".")


async def test_entities_bring_nothing_in_and_do_not_explode() -> None:
    hostile = ENTITIES + slide(paragraph("&f;seen"))
    assert await extract(make_zip({"ppt/slides/slide1.xml": hostile}), "pptx") == ""
    with pytest.raises(ParseError):
        await extract(make_zip({"ppt/slides/slide1.xml": ENTITIES + slide(paragraph("&l8;"))}), "pptx")


async def test_aliases_that_unfold_without_end_stay_folded() -> None:
    assert len(await extract(LOOP, "yaml")) < 10_000


async def test_a_sheet_that_claims_to_be_endless_is_read_by_what_it_holds() -> None:
    archive = zipfile.ZipFile(io.BytesIO(GOOD))
    parts = {name: archive.read(name).decode() for name in archive.namelist()}
    sheet = next(name for name in parts if "worksheets/sheet" in name)
    parts[sheet] = parts[sheet].replace('ref="A1"', 'ref="A1:XFD1048576"')
    assert await extract(make_zip(parts), "xlsx") == "| a |\n| --- |"


async def test_reading_ends_in_time_and_when_it_is_not_wanted_any_more() -> None:
    slow = b"- {a: b}\n" * 400_000
    with pytest.raises(ParseError) as refused:
        await extract(slow, "yaml", timeout_s=0.01)
    assert refused.value.code == "parse_timeout"

    task = asyncio.create_task(extract(slow, "yaml"))
    await until(lambda: bool(reading_now()))
    task.cancel()
    started = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - started < 5
    await until(lambda: not reading_now())


def reading_now() -> list[psutil.Process]:
    """The children in which files are being read."""
    return [
        child
        for server in psutil.Process().children()
        if "workflows.documents.server" in " ".join(server.cmdline())
        for first in server.children()
        for child in first.children()
        if child.status() != psutil.STATUS_ZOMBIE
    ]


async def test_the_reader_has_none_of_our_environment() -> None:
    assert await extract(b"x", "txt") == "x"
    servers = [each for each in psutil.Process().children() if "documents.server" in " ".join(each.cmdline())]
    assert [set(each.environ()) for each in servers] == [{"PATH", "LANG", "PYTHONDONTWRITEBYTECODE"}]


@pytest.mark.parametrize(
    ("extension", "mime_type", "wanted"),
    [
        (".PDF", "text/plain", "pdf"),
        ("", "text/plain; charset=utf-8", "text"),
        ("", "application/pdf", "pdf"),
        ("unheard", "text/x-thing", "text"),
        ("unheard", "application/json", "json"),
        ("tsv", "", "csv"),
        ("doc", "application/msword", None),
        ("pages", "text/plain", None),
        ("exe", "application/octet-stream", None),
        ("", "", None),
    ],
)
def test_the_extension_decides_before_the_mime_type(extension: str, mime_type: str, wanted: str | None) -> None:
    if wanted is not None:
        assert format_of(extension, mime_type) == wanted
        return
    with pytest.raises(ParseError) as refused:
        format_of(extension, mime_type)
    assert refused.value.code == "format_unsupported"


def test_the_formats_of_dify_are_all_there() -> None:
    wanted = (
        "txt md mdx html htm xml json yaml yml csv xls xlsx pdf docx pptx epub eml vtt properties py js ts java go sql"
    )
    assert set(wanted.split()) <= set(EXTENSIONS)


def graph() -> dict[str, Any]:
    return document(
        node("start", config={"variables": [{"name": "v", "type": "json"}]}),
        node("d", "document-extractor", {"file": ["start", "v"]}), node("end"),
        edges=["start>d>end"],
    )  # fmt: skip


async def run(value: Any, files: MemoryFiles) -> Any:
    events = await run_to_events(graph(), {"v": value}, Ports(files=files))
    if isinstance(events[-1], RunFailed):
        return events[-1].error.code, events[-1].error.message
    return next((e.outputs, e.facts) for e in events if isinstance(e, NodeFinished) and e.node_id == "d")


async def test_a_file_gives_a_text_and_a_list_gives_a_list() -> None:
    files = MemoryFiles()
    one, two = files.add(b"one", "a.txt"), files.add(json.dumps({"b": 2}).encode(), "b.json")
    scan = files.add(make_pdf([[]]), "scan.pdf")
    assert await run(one, files) == ({"text": "one"}, {"files": 1, "characters": 3})
    assert await run([one, two], files) == ({"text": ["one", '{\n  "b": 2\n}']}, {"files": 2, "characters": 15})
    assert await run(scan, files) == ({"text": ""}, {"files": 1, "characters": 0, "without_text": ["scan.pdf"]})
    assert await run(None, files) == ({"text": []}, {})
    assert await run([], files) == ({"text": []}, {})


async def test_what_cannot_be_read_fails_the_node_by_name() -> None:
    files = MemoryFiles()
    broken, old = files.add(b"{", "b.json"), files.add(b"x", "letter.doc")
    assert (await run([broken], files))[0] == "parse_failed"
    assert await run(old, files) == (
        "format_unsupported", "letter.doc: No text can be taken from files .doc. Save them as .docx."
    )  # fmt: skip
    assert (await run({"a": 1}, files))[0] == "file_invalid"
    assert (await run({**broken, "related_id": "gone"}, files))[0] == "file_unreadable"
