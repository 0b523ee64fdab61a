"""Files on their way into a dataset: what they may be called, and each content stored once.

Knows names and the files folder; knows nothing of stages.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.db import IntegrityError, transaction

from apps.knowledge import parser_process
from apps.knowledge.models import Document, Source
from weft.db import locks
from weft.http import storage
from weft.http.errors import invalid
from weft.http.storage import Stored

ROOM = "documents"
_UNSAFE = re.compile(r"[\x00-\x1f\x7f]|[\\/]")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that arrives. `parts` can be walked more than once. What was typed or sent as text has any name."""

    name: str
    parts: Iterable[bytes]
    is_text: bool = False

    @property
    def mime_type(self) -> str:
        """Raises `file_type_unsupported` for a file that no parser reads."""
        return text_type_of(self.name) if self.is_text else mime_type_of(self.name)


class Parts:
    """A file's bytes, read from the beginning each time they are walked; never the whole file at once."""

    def __init__(self, read: Callable[[], Iterator[bytes]]) -> None:
        self._read = read

    def __iter__(self) -> Iterator[bytes]:
        return self._read()


@contextmanager
def stored(name: str, parts: Iterable[bytes], *, rows: Callable[[], object] = lambda: None) -> Iterator[Stored]:
    """A transaction in which the file lies in its place and nobody deletes it, so that a row may refer to it. `rows`
    locks those that are changed in it: rows come before files, everywhere. Without the row that a constraint refuses,
    the file goes again."""
    found = storage.save(ROOM, parts, name=name, max_bytes=settings.MAX_UPLOAD_BYTES)
    try:
        with transaction.atomic():
            rows()
            locks.lock_file(found.sha256)
            if not storage.locate(found.path).exists():
                # The last document with this content was deleted between saving and locking.
                found = storage.save(ROOM, parts, name=name, max_bytes=settings.MAX_UPLOAD_BYTES)
            yield found
    except IntegrityError:
        delete_unused(found.path)
        raise


def let_go(path: str) -> None:
    """After the commit, delete the file unless a document still has it."""
    transaction.on_commit(partial(delete_unused, path))


@transaction.atomic
def delete_unused(path: str) -> bool:
    locks.lock_file(path.rpartition("/")[2])
    unused = not Document.objects.filter(path=path).exists()
    if unused:
        storage.delete(path)
    return unused


def clean_name(name: str) -> str:
    """The name without folders and control characters, short enough to be kept."""
    name = unicodedata.normalize("NFC", _UNSAFE.sub("_", name.replace("\\", "/").rpartition("/")[2])).strip(" .")
    stem, dot, extension = name.rpartition(".")
    return f"{stem[: 299 - len(extension)]}{dot}{extension}"[:300] or "unnamed"


def text_name(name: str) -> str:
    """The name of a text that was typed or sent, which is kept as a Markdown file."""
    return clean_name(name if parser_process.extension_of(name) in ("txt", "md") else f"{name}.md")


def text_type_of(name: str) -> str:
    """What a text is kept as: Markdown, unless its name says plain text."""
    return mime_type_of("a.txt" if parser_process.extension_of(name) == "txt" else "a.md")


def format_of(document: Document) -> str:
    """The extension that says how the document's file is read. A text's name does not."""
    if document.source == Source.TEXT:
        return "txt" if document.mime_type == text_type_of("a.txt") else "md"
    return parser_process.extension_of(document.name)


def mime_type_of(name: str) -> str:
    """Raises `file_type_unsupported` for what no parser reads."""
    extension = parser_process.extension_of(name)
    if extension not in parser_process.EXTENSIONS:
        known = ", ".join(f".{each}" for each in parser_process.EXTENSIONS)
        message = f"{name} is of a type that Weft does not read. It reads {known}."
        raise invalid("file", message, "file_type_unsupported", name=name)
    return parser_process.mime_type_of(extension)
