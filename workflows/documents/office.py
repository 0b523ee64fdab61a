"""Word, PowerPoint, OpenDocument and EPUB files: their text in reading order, tables as Markdown."""

from __future__ import annotations

import io
import posixpath
import re
from typing import Any
from urllib.parse import unquote

from workflows.documents.archive import open_archive, read_part, read_xml
from workflows.documents.errors import ParseError
from workflows.documents.markup import html_text
from workflows.documents.tables import markdown_table

_BROKEN = "The file is damaged, or not in the format its name says. Open it in its own program and save it again."
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"


def read_docx(data: bytes) -> str:
    import docx
    from docx.table import Table

    open_archive(data, _BROKEN).close()
    try:
        items = docx.Document(io.BytesIO(data)).iter_inner_content()
        parts = [_docx_table(item) if isinstance(item, Table) else item.text.strip() for item in items]
    except (MemoryError, RecursionError):
        raise
    except Exception as exc:  # python-docx and lxml raise whatever the broken part happens to trip over
        raise ParseError("parse_failed", _BROKEN) from exc
    return "\n".join(filter(None, parts))


def _docx_table(table: Any) -> str:
    rows = []
    for row in table.rows:
        # A merged cell is given once for every column it covers.
        seen: list[object] = []
        cells = []
        for cell in row.cells:
            cells.append("" if cell._tc in seen else cell.text)
            seen.append(cell._tc)
        rows.append(cells)
    return markdown_table(rows)


def read_pptx(data: bytes) -> str:
    archive = open_archive(data, _BROKEN)
    slides = sorted(
        (int(found[1]), name)
        for name in archive.namelist()
        if (found := re.fullmatch(r"ppt/slides/slide(\d{1,6})\.xml", name))
    )
    if not slides:
        raise ParseError("parse_failed", _BROKEN)
    return "\n\n".join(filter(None, (_slide(read_part(archive, name, _BROKEN)) for _, name in slides)))


def _slide(data: bytes) -> str:
    lines: list[str] = []
    root = read_xml(data, _BROKEN)
    tables = list(root.iter(f"{_A}tbl"))
    in_tables = {paragraph for table in tables for paragraph in table.iter(f"{_A}p")}
    for element in root.iter(f"{_A}p", f"{_A}tbl"):
        if element in in_tables:
            continue
        if element.tag == f"{_A}p":
            lines.append(_runs(element))
        else:
            rows = [[_runs(cell) for cell in row.iter(f"{_A}tc")] for row in element.iter(f"{_A}tr")]
            lines.append(markdown_table(rows))
    return "\n".join(filter(None, lines))


def _runs(element: Any) -> str:
    return "".join(run.text or "" for run in element.iter(f"{_A}t")).strip()


def read_odt(data: bytes) -> str:
    archive = open_archive(data, _BROKEN)
    root = read_xml(read_part(archive, "content.xml", _BROKEN), _BROKEN)
    lines: list[str] = []
    in_tables = {inner for table in root.iter(f"{_TABLE}table") for inner in table.iter() if inner is not table}
    for element in root.iter(f"{_TEXT}p", f"{_TEXT}h", f"{_TABLE}table"):
        if element in in_tables:
            continue
        if element.tag == f"{_TABLE}table":
            rows = element.iter(f"{_TABLE}table-row")
            cells = [[_plain(cell) for cell in row.iter(f"{_TABLE}table-cell")] for row in rows]
            lines.append(markdown_table(cells))
        else:
            lines.append(_plain(element))
    return "\n".join(filter(None, lines))


def _plain(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def read_epub(data: bytes) -> str:
    """The chapters in the order of the book's spine."""
    archive = open_archive(data, _BROKEN)
    container = read_xml(read_part(archive, "META-INF/container.xml", _BROKEN), _BROKEN)
    package = next((each.get("full-path") for each in container.iter("{*}rootfile") if each.get("full-path")), None)
    if package is None:
        raise ParseError("parse_failed", _BROKEN)
    book = read_xml(read_part(archive, package, _BROKEN), _BROKEN)
    hrefs = {each.get("id"): each.get("href") for each in book.iter("{*}item")}
    folder = posixpath.dirname(package)
    chapters = []
    for each in book.iter("{*}itemref"):
        href = hrefs.get(each.get("idref"))
        if href:
            name = posixpath.normpath(posixpath.join(folder, unquote(href.partition("#")[0])))
            chapters.append(html_text(read_part(archive, name, _BROKEN)))
    return "\n\n".join(filter(None, chapters))
