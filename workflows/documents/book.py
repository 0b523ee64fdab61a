"""EPUB books chapter by chapter, in the order of the book's spine."""

from __future__ import annotations

import posixpath
import re
import zipfile
from typing import Any
from urllib.parse import unquote

from workflows.documents.archive import open_archive, read_part, read_xml
from workflows.documents.blocks import Draft
from workflows.documents.encoding import decode
from workflows.documents.errors import ParseError
from workflows.documents.parsed import Caution, Outline, Parsed
from workflows.documents.web import add_page, root_of

PART_CHAPTERS = 40
_BROKEN = "The file is no readable e-book (.epub). Open it in its own program and save it again."


def outline(data: bytes) -> Outline:
    with open_archive(data, _BROKEN) as archive:
        return Outline.of("section", len(_Book(archive).chapters), PART_CHAPTERS)


def parse(data: bytes, first: int, last: int) -> Parsed:
    parsed, draft = Parsed(), Draft()
    with open_archive(data, _BROKEN) as archive:
        book = _Book(archive)
        if first == 1:
            draft.add("\n".join(filter(None, (book.title, book.meta.get("author", ""), book.description))))
        for number, name in enumerate(book.chapters, start=1):
            if not first <= number <= last:
                continue
            try:
                root = root_of(decode(read_part(archive, name, _BROKEN)))
            except ParseError:
                message = f"Chapter {number} ({name}) could not be read."
                parsed.warnings.append(Caution("section_unreadable", message[:300]))
                continue
            if root is not None:
                _forget_notes_marks(root)
                add_page(draft, root)
    parsed.blocks, parsed.title, parsed.language, parsed.meta = draft.blocks, book.title, book.language, book.meta
    return parsed


class _Book:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        container = read_xml(read_part(archive, "META-INF/container.xml", _BROKEN), _BROKEN)
        package = next((each.get("full-path") for each in container.iter("{*}rootfile") if each.get("full-path")), None)
        if package is None:
            raise ParseError("parse_failed", _BROKEN)
        book = read_xml(read_part(archive, package, _BROKEN), _BROKEN)
        items = {each.get("id"): each for each in book.iter("{*}item")}
        self.chapters = [
            posixpath.normpath(posixpath.join(posixpath.dirname(package), unquote(href.partition("#")[0])))
            for each in book.iter("{*}itemref")
            if (item := items.get(each.get("idref"))) is not None
            and (href := item.get("href"))
            and "nav" not in (item.get("properties") or "").split()
        ]
        self.title, self.language = _fact(book, "title"), _fact(book, "language")[:35]
        self.description = (
            root.text_content() if (root := root_of(_fact(book, "description", 5000))) is not None else ""
        )
        self.meta = {"author": author} if (author := _fact(book, "creator")) else {}


def _fact(book: Any, name: str, most: int = 300) -> str:
    return " ".join(next((each.text or "" for each in book.iter(f"{{*}}{name}")), "").split())[:most]


def _forget_notes_marks(root: Any) -> None:
    """What chapters call navigation inside themselves is their own table of contents: kept; page marks are not."""
    for each in list(root.iter("span", "a")):
        if re.search(r"pagebreak", each.get("epub:type") or each.get("role") or ""):
            each.drop_tree()
