"""PDF files, page by page: tables as rows, headings, paragraphs with their places; what has no text is said.

Knows documents and pages; `pdf_lines` gets lines from a page, `pdf_tables` finds tables, `pdf_flow` joins paragraphs.
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pypdfium2

from workflows.documents.blocks import Draft
from workflows.documents.errors import ParseError
from workflows.documents.parsed import Caution, Outline, Parsed
from workflows.documents.pdf_flow import Flow, body_size, running_lines
from workflows.documents.pdf_lines import Line, lines_of, page_text
from workflows.documents.pdf_tables import Table, tables_of

PART_PAGES = 50
_AROUND = 4
_BROKEN = "The file is damaged or no PDF. Open it in a PDF viewer, print it to a new PDF, and upload that."
_LOCKED = "The PDF is protected by a password. Save a copy without the password and upload that."
_NO_LAYER = "Page {page} has no text layer, only pictures. Run text recognition (OCR) on it to search it."
_GARBLED = "Page {page} has text that cannot be read: its fonts do not say which characters they show."
_DATE = re.compile(r"D:(\d{4})(\d{2})(\d{2})")
_UNREADABLE = re.compile(r"[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f]")
_GARBLED_SHARE = 0.15
_RENDER_DPI = 200
_MAX_PIXELS = 25_000_000
_MAX_BOOKMARKS = 5000


def outline(data: bytes) -> Outline:
    with _opened(data) as document:
        return Outline.of("page", len(document), PART_PAGES)


def parse(data: bytes, first: int, last: int) -> Parsed:
    parsed = Parsed()
    draft = Draft()
    with _opened(data) as document:
        last = min(last, len(document))
        # Pages around the part tell what runs on every page, and how large ordinary text is.
        low, high = max(1, first - _AROUND), min(len(document), last + _AROUND)
        wanted = range(first, last + 1)
        pages = {number: _read(document, number, number in wanted) for number in range(low, high + 1)}
        running = running_lines({number: lines for number, (lines, _) in pages.items()})
        size = body_size([line for lines, _ in pages.values() for line in lines])
        flow = Flow(draft, size, _bookmarks(document, first, last))
        for number in wanted:
            lines, tables = pages[number]
            if caution := _caution(number, lines):
                parsed.warnings.append(caution)
            flow.page(number, [line for line in lines if (number, line.order) not in running], tables)
        flow.end()
        facts = document.get_metadata_dict(skip_empty=True)
        pages_in_all = len(document)
    parsed.blocks = draft.blocks
    parsed.title = " ".join(facts.get("Title", "").split())[:300]
    parsed.meta = {**_meta(facts), "pages": str(pages_in_all)}
    return parsed


def text(data: bytes) -> str:
    """The text as it lies on the pages; empty when they are pictures only."""
    with _opened(data) as document:
        pages = []
        for number in range(1, len(document) + 1):
            with _page(document, number) as page, _text_page(page) as found:
                pages.append(page_text(found).strip())
    return "\n\n".join(filter(None, pages))


def picture(data: bytes, number: int) -> dict[str, Any]:
    """A page as grey pixels, for an engine that recognises text."""
    with _opened(data) as document, _page(document, number) as page:
        scale = min(_RENDER_DPI / 72, (_MAX_PIXELS / max(1.0, page.get_width() * page.get_height())) ** 0.5)
        bitmap = page.render(scale=scale, grayscale=True)
        rows = [
            bytes(bitmap.buffer)[y * bitmap.stride : y * bitmap.stride + bitmap.width] for y in range(bitmap.height)
        ]
        head = f"P5\n{bitmap.width} {bitmap.height}\n255\n".encode()
        return {"pgm": base64.b64encode(head + b"".join(rows)).decode()}


@contextmanager
def _opened(data: bytes) -> Iterator[Any]:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as exc:
        locked = "assword" in str(exc)
        raise ParseError(*(("parse_encrypted", _LOCKED) if locked else ("parse_failed", _BROKEN))) from exc
    try:
        if not len(document):
            raise ParseError("parse_failed", _BROKEN)
        yield document
    except pypdfium2.PdfiumError as exc:
        raise ParseError("parse_failed", _BROKEN) from exc
    finally:
        document.close()


@contextmanager
def _page(document: Any, number: int) -> Iterator[Any]:
    page = document[number - 1]
    try:
        yield page
    finally:
        page.close()


@contextmanager
def _text_page(page: Any) -> Iterator[Any]:
    found = page.get_textpage()
    try:
        yield found
    finally:
        found.close()


def _read(document: Any, number: int, with_tables: bool) -> tuple[list[Line], list[Table]]:
    try:
        with _page(document, number) as page, _text_page(page) as found:
            lines = lines_of(page, found)
            return lines, tables_of(page, found, lines) if with_tables else []
    except pypdfium2.PdfiumError:
        return [], []  # one broken page is no broken document


def _bookmarks(document: Any, first: int, last: int) -> dict[tuple[int, str], int]:
    """(page, title) -> level of the document's own table of contents."""
    found: dict[tuple[int, str], int] = {}
    for count, mark in enumerate(document.get_toc(max_depth=6)):
        if count >= _MAX_BOOKMARKS:
            break
        target = mark.get_dest()
        index = target.get_index() if target is not None else None
        if index is not None and first <= index + 1 <= last:
            found[index + 1, "".join((mark.get_title() or "").split())] = mark.level + 1
    return found


def _caution(number: int, lines: list[Line]) -> Caution | None:
    chars = "".join(line.text for line in lines)
    if not chars.strip():
        return Caution("page_no_text", _NO_LAYER.format(page=number), number)
    counts = Counter(bool(_UNREADABLE.match(char)) for char in chars if not char.isspace())
    if counts[True] > _GARBLED_SHARE * sum(counts.values()):
        return Caution("page_garbled", _GARBLED.format(page=number), number)
    return None


def _meta(facts: dict[str, str]) -> dict[str, str]:
    found = {}
    if author := " ".join(facts.get("Author", "").split()):
        found["author"] = author[:300]
    for name, key in (("created", "CreationDate"), ("modified", "ModDate")):
        if date := _DATE.match(facts.get(key, "")):
            found[name] = "-".join(date.groups())
    return found
