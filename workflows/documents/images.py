"""Pictures: what they show is read outside of this process, by an engine that may not be there (see `recognition`)."""

from __future__ import annotations

from workflows.documents.errors import ParseError
from workflows.documents.parsed import Parsed


def parse(data: bytes) -> Parsed:
    raise ParseError("ocr_missing", "Text in pictures is read by Tesseract, which is not installed here.")
