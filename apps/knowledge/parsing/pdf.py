"""PDF text page by page: running heads dropped, broken lines joined to paragraphs."""

from __future__ import annotations

import re
from collections import Counter

import pypdfium2

from workflows.documents.blocks import Block, Draft
from workflows.documents.errors import ParseError

_BROKEN = "The file is damaged or no PDF. Open it in a PDF viewer, print it to a new PDF, and upload that."
_LOCKED = "The PDF is protected by a password. Save a copy without the password and upload that."
_NO_TEXT = "The PDF holds pictures of text but no text ({pages} pages). Run text recognition (OCR) on it first."
_ENDS = tuple(".!?:;。！？：；…”\"')）】」』")
_DIGITS = re.compile(r"\d+")
_CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f]")
# Lines at a page's edge that are on this share of the pages are running heads and feet.
_REPEATED = 0.5
_MIN_PAGES = 4
_EDGE = 2


def parse_pdf(data: bytes) -> list[Block]:
    if b"%PDF" not in data[:1024]:
        raise ParseError("parse_failed", _BROKEN)
    pages = _pages(data)
    if not any(any(line.strip() for line in page) for page in pages):
        raise ParseError("parse_no_text", _NO_TEXT.format(pages=len(pages)))
    running = _running_lines(pages)
    draft = Draft()
    for number, lines in enumerate(pages, start=1):
        kept = [
            line
            for index, line in enumerate(lines)
            if not (_is_edge(index, lines) and _DIGITS.sub("#", line.strip()) in running)
        ]
        for paragraph in _paragraphs(kept):
            draft.add(paragraph, page=number)
    return draft.blocks


def _pages(data: bytes) -> list[list[str]]:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as exc:
        raise ParseError(
            *(("parse_encrypted", _LOCKED) if "assword" in str(exc) else ("parse_failed", _BROKEN))
        ) from exc
    pages = []
    try:
        for index in range(len(document)):
            page = document[index]
            text = page.get_textpage().get_text_range()
            # U+FFFE marks the hyphen of a word broken at the line's end.
            pages.append(text.replace("\ufffe\r\n", "").replace("\ufffe", "").replace("\r\n", "\n").split("\n"))
            page.close()
    except pypdfium2.PdfiumError as exc:
        raise ParseError("parse_failed", _BROKEN) from exc
    finally:
        document.close()
    if not pages:
        raise ParseError("parse_failed", _BROKEN)
    return pages


def _running_lines(pages: list[list[str]]) -> set[str]:
    if len(pages) < _MIN_PAGES:
        return set()
    counts = Counter(
        shape
        for lines in pages
        for shape in {
            _DIGITS.sub("#", line.strip()) for i, line in enumerate(lines) if _is_edge(i, lines) and line.strip()
        }
    )
    return {shape for shape, count in counts.items() if count > len(pages) * _REPEATED}


def _is_edge(index: int, lines: list[str]) -> bool:
    edge = _EDGE if len(lines) > 4 * _EDGE else 1
    return index < edge or index >= len(lines) - edge


def _paragraphs(lines: list[str]) -> list[str]:
    """A line goes on in the next one unless it ends a sentence short of the margin, or a blank line parts them."""
    widest = max((len(line) for line in lines), default=0)
    paragraphs: list[str] = []
    current = ""
    for raw in lines:
        line = raw.strip()
        if not line:
            paragraphs, current = [*paragraphs, current], ""
            continue
        current = _join(current, line)
        if len(line) < widest * 0.75 and (line.endswith(_ENDS) or len(line) < widest * 0.5):
            paragraphs, current = [*paragraphs, current], ""
    return [each for each in (*paragraphs, current) if each]


def _join(left: str, right: str) -> str:
    if not left:
        return right
    if _CJK.match(left[-1]) and _CJK.match(right[0]):
        return left + right
    return f"{left} {right}"
