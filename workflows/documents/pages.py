"""PDF files: the text of their pages."""

from __future__ import annotations

import pypdfium2

from workflows.documents.errors import ParseError

_BROKEN = "The file is damaged or no PDF. Open it in a PDF viewer and print it to a new PDF."
_LOCKED = "The PDF is protected by a password. Save a copy without the password."


def read_pdf(data: bytes) -> str:
    """Empty when the pages are pictures only."""
    if b"%PDF" not in data[:1024]:
        raise ParseError("parse_failed", _BROKEN)
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as exc:
        locked = "assword" in str(exc)
        raise ParseError(*(("parse_encrypted", _LOCKED) if locked else ("parse_failed", _BROKEN))) from exc
    pages = []
    try:
        for index in range(len(document)):
            page = document[index]
            text = page.get_textpage().get_text_range()
            # U+FFFE marks the hyphen of a word broken at the line's end.
            pages.append(text.replace("\ufffe\r\n", "").replace("\ufffe", "").replace("\r\n", "\n").strip())
            page.close()
    except pypdfium2.PdfiumError as exc:
        raise ParseError("parse_failed", _BROKEN) from exc
    finally:
        document.close()
    if not pages:
        raise ParseError("parse_failed", _BROKEN)
    return "\n\n".join(filter(None, pages))
