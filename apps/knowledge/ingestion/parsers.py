"""What ingestion asks of the parsers: how a document can be divided, and what a part of it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apps.knowledge import parser_process
from apps.knowledge.models import Document, DocumentPart
from apps.knowledge.parser_process import Outline
from apps.knowledge.services.uploads import format_of
from weft.http import storage
from workflows.documents.parsed import dump_parsed


def outline(document: Document, should_stop: Callable[[], bool]) -> Outline:
    path, extension = storage.locate(document.path), format_of(document)
    return parser_process.outline(path, extension, should_stop=should_stop)


def read(document: Document, part: DocumentPart, should_stop: Callable[[], bool]) -> dict[str, Any]:
    """As JSON: the blocks, the warnings, the title and the language that the file says it has."""
    path, extension = storage.locate(document.path), format_of(document)
    return dump_parsed(parser_process.parse(path, extension, part.first, part.last, should_stop=should_stop))
