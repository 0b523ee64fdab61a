"""OpenDocument texts and presentations: headings, lists, tables with repeated and merged cells, notes."""

from __future__ import annotations

from typing import Any

from workflows.documents.archive import open_archive, read_part, read_xml
from workflows.documents.blocks import Draft
from workflows.documents.grid import add_table
from workflows.documents.parsed import Parsed

_BROKEN = "The file is no readable OpenDocument file. Open it in LibreOffice and save it again."
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_PRESENTATION = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_UNSAID = (f"{_TEXT}tracked-changes", f"{_TEXT}table-of-content", f"{_TEXT}sequence-decls", f"{_OFFICE}forms")
_MAX_REPEATED = 100
_MAX_DEPTH = 60


def parse(data: bytes) -> Parsed:
    with open_archive(data, _BROKEN) as archive:
        content = read_xml(read_part(archive, "content.xml", _BROKEN), _BROKEN)
        facts = read_xml(archive.read("meta.xml"), _BROKEN) if "meta.xml" in archive.namelist() else None
    body = next(content.iter(f"{_OFFICE}body"), content)
    reader = _Reader()
    reader.read(body, 0)
    found = {} if facts is None else {name: _fact(facts, name) for name in ("title", "language", "creator")}
    meta = {"author": found["creator"]} if found.get("creator") else {}
    return Parsed(reader.draft.blocks, title=found.get("title", ""), language=found.get("language", "")[:35], meta=meta)


class _Reader:
    def __init__(self) -> None:
        self.draft = Draft()
        self._page: int | None = None

    def read(self, node: Any, depth: int) -> None:
        for child in node if depth < _MAX_DEPTH else ():
            tag = child.tag
            if tag in _UNSAID or not isinstance(tag, str):
                continue
            if tag == f"{_DRAW}page":
                self._page = (self._page or 0) + 1
            if tag == f"{_TEXT}h":
                level = child.get(f"{_TEXT}outline-level") or "1"
                self._add(child, "heading", int(level) if level.isdigit() else 1, depth)
            elif tag == f"{_TEXT}p":
                self._add(child, "heading" if _is_title(child) else "text", int(_is_title(child)), depth)
            elif tag == f"{_TEXT}list":
                self._list(child, depth, 0)
            elif tag == f"{_TABLE}table":
                self._table(child)
            else:
                self.read(child, depth + 1)

    def _add(self, node: Any, kind: Any, level: int, depth: int) -> None:
        self.draft.add(_plain(node), kind, level, self._page)
        for note in node.iter(f"{_TEXT}note-body"):
            self.draft.add(_plain(note), page=self._page)
        for frame in node.iter(f"{_DRAW}text-box"):
            self.read(frame, depth + 1)

    def _list(self, node: Any, depth: int, level: int) -> None:
        for item in node if depth + level < _MAX_DEPTH else ():
            for child in item:
                if child.tag == f"{_TEXT}list":
                    self._list(child, depth, level + 1)
                elif child.tag in (f"{_TEXT}p", f"{_TEXT}h"):
                    text = _plain(child)
                    self.draft.add(f"{'  ' * level}- {text}" if text else "", "list", page=self._page)

    def _table(self, table: Any) -> None:
        rows: list[list[str]] = []
        for row in table.iter(f"{_TABLE}table-row"):
            cells: list[str] = []
            for cell in row.iter(f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
                text = " ".join(_plain(each) for each in cell.iter(f"{_TEXT}p", f"{_TEXT}h"))
                repeated = cell.get(f"{_TABLE}number-columns-repeated") or "1"
                times = min(int(repeated), _MAX_REPEATED) if repeated.isdigit() and len(repeated) < 9 else 1
                cells += [text] * times
            rows.append(cells)
        add_table(self.draft, rows, self._page)


def _is_title(paragraph: Any) -> bool:
    """The title of a slide, told by the frame it stands in."""
    frame = next(paragraph.iterancestors(f"{_DRAW}frame"), None)
    return frame is not None and frame.get(f"{_PRESENTATION}class") == "title"


def _plain(node: Any) -> str:
    """Words with their spaces, tabs and line ends, without notes and boxes, which stand apart."""
    pieces = [node.text or ""]
    for child in node:
        if child.tag in (f"{_TEXT}line-break", f"{_TEXT}tab"):
            pieces.append("\n" if child.tag == f"{_TEXT}line-break" else "\t")
        elif child.tag == f"{_TEXT}s":
            pieces.append(" ")
        elif isinstance(child.tag, str) and child.tag not in (f"{_TEXT}note", f"{_DRAW}frame", f"{_OFFICE}annotation"):
            pieces.append(_plain(child))
        pieces.append(child.tail or "")
    return "".join(pieces).strip() if node.tag in (f"{_TEXT}p", f"{_TEXT}h") else "".join(pieces)


def _fact(facts: Any, name: str) -> str:
    return " ".join(next((each.text or "" for each in facts.iter(f"{{*}}{name}")), "").split())[:300]
