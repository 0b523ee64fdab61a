"""What is previewed: a file that was sent, a text, or a document that is there; read as far as a preview needs.

Knows files and their parser; knows nothing of settings. Nothing is kept.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from django.conf import settings

from apps.knowledge import parser_process
from apps.knowledge.models import Document
from apps.knowledge.services.uploads import Upload, clean_name, format_of, mime_type_of, text_name
from weft.http import storage
from weft.http.errors import WeftError, invalid
from workflows.documents.blocks import Block
from workflows.documents.errors import ParseError
from workflows.documents.parsed import Caution

# Enough to judge settings by; the parts of a file beyond it are not read.
_MAX_CHARS = 200_000
_READ_S = 20.0


@dataclass(frozen=True, slots=True)
class Source:
    """Exactly one of the three is given; `name` is the text's, and tells how it is read."""

    file: Upload | None = None
    text: str | None = None
    document_id: UUID | None = None
    name: str = "text.md"

    def check(self) -> None:
        if sum(each is not None for each in (self.file, self.text, self.document_id)) != 1:
            raise invalid("file", "Give one of file, text and document_id.", "preview_source_unclear")


@dataclass(slots=True)
class Reading:
    """`share` of the whole was read."""

    blocks: list[Block] = field(default_factory=list)
    warnings: list[Caution] = field(default_factory=list)
    share: float = 1.0


def read(source: Source, document: Document | None) -> Reading:
    """Raises what the parser complains of as an error about the file."""
    with _located(source, document) as (path, name, extension):
        try:
            return _read(path, extension)
        except ParseError as exc:
            raise WeftError(exc.code, f"{name}: {exc.message}", 422, field="file") from exc


def _read(path: Path, extension: str) -> Reading:
    deadline = time.monotonic() + _READ_S
    outline = parser_process.outline(path, extension, timeout_s=_READ_S)
    found = Reading()
    chars = last = 0
    for first, last in outline.parts:
        part = parser_process.parse(path, extension, first, last, timeout_s=_READ_S)
        found.blocks += part.blocks
        found.warnings += part.warnings
        chars += sum(len(block.text) for block in part.blocks)
        if chars >= _MAX_CHARS or time.monotonic() > deadline:
            break
    kept = _first_chars(found.blocks)
    if len(kept) < len(found.blocks):
        found.share = sum(len(block.text) for block in kept) / chars
        found.blocks = kept
    if outline.count:
        found.share *= min(1.0, last / outline.count)
    return found


def _first_chars(blocks: list[Block]) -> list[Block]:
    chars = 0
    for index, block in enumerate(blocks):
        if chars >= _MAX_CHARS:
            return blocks[:index]
        chars += len(block.text)
    return blocks


@contextmanager
def _located(source: Source, document: Document | None) -> Iterator[tuple[Path, str, str]]:
    if document is not None:
        yield storage.locate(document.path), document.name, format_of(document)
        return
    parts: Iterable[bytes]
    if source.file is not None:
        name, parts = clean_name(source.file.name), source.file.parts
    else:
        name, parts = text_name(source.name), [(source.text or "").encode()]
    mime_type_of(name)
    with tempfile.TemporaryDirectory(prefix="weft-preview-") as folder:
        path = Path(folder) / "file"
        _write(path, parts, name)
        yield path, name, parser_process.extension_of(name)


def _write(path: Path, parts: Iterable[bytes], name: str) -> None:
    size = 0
    with path.open("wb") as file:
        for part in parts:
            size += len(part)
            if size > settings.MAX_UPLOAD_BYTES:
                raise storage.too_large(name, settings.MAX_UPLOAD_BYTES)
            file.write(part)
