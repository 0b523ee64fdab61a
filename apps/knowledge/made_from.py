"""What a document's chunks follow from: its file, its settings, and the parsers."""

from __future__ import annotations

import hashlib

from apps.knowledge import processing
from apps.knowledge.models import Document

# Raised when the parsers would give other blocks than before: what is stored is then known to be older.
_READ_BY = 1


def made_from(document: Document) -> str:
    """The same while reading the document again would give the same chunks. Needs its dataset."""
    settings = processing.effective(document.dataset.processing, document.processing)
    return hashlib.sha256(f"{document.sha256}:{settings.version}:{_READ_BY}".encode()).hexdigest()
