"""Word files in document order: headings, lists, tables, code, captions, notes, text boxes; nothing that was deleted.

Reads the XML itself: python-docx is slow on tables and leaves out notes, boxes and formulas.
"""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from typing import Any

from workflows.documents.archive import open_archive, properties_of, read_part, read_xml
from workflows.documents.blocks import Draft
from workflows.documents.grid import add_table
from workflows.documents.parsed import Parsed

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_HEADING = re.compile(r"(?:heading|überschrift|titre|título|título|标题|標題|見出し|제목)\s*(\d)", re.I)
_CODE = re.compile(r"code|source|preformatted|html pre|macro", re.I)
_CONTENTS = re.compile(r"(?:toc|目录|目次)\s*\d", re.I)
_PICTURE_NAME = re.compile(r"^(?:picture|image|graphic|图片|圖片)?\s*\d*$|\.(?:png|jpe?g|gif|emf|wmf|svg)$", re.I)
_BROKEN = "The file is no readable Word document (.docx). Open it in Word or LibreOffice and save it again."
_NOTES = ("footnotes", "endnotes", "comments")
_MAX_DEPTH = 40
_MAX_SPAN = 200


def parse(data: bytes) -> Parsed:
    with open_archive(data, _BROKEN) as archive:
        names = set(archive.namelist())
        body = read_xml(read_part(archive, "word/document.xml", _BROKEN), _BROKEN).find(f"{_W}body")
        reader = _Reader(_styles(archive, names), _numbering(archive, names))
        if body is not None:
            reader.read(body, 0)
        for name in _NOTES:
            if f"word/{name}.xml" in names:
                reader.read_notes(read_xml(read_part(archive, f"word/{name}.xml", _BROKEN), _BROKEN))
        title, meta = properties_of(archive)
    return Parsed(reader.finished(), title=title, language=meta.pop("language", ""), meta=meta)


class _Styles:
    """What the paragraph styles are called, and what they give their paragraphs."""

    def __init__(self, root: Any) -> None:
        self._styles: dict[str, tuple[str, str | None, int | None, str | None]] = {}
        for style in root.iter(f"{_W}style") if root is not None else ():
            name, base, outline = (_value(style.find(f".//{_W}{tag}")) for tag in ("name", "basedOn", "outlineLvl"))
            listed = _value(style.find(f"{_W}pPr/{_W}numPr/{_W}numId"))
            level = int(outline) if outline and outline.isdigit() else None
            self._styles[style.get(f"{_W}styleId") or ""] = (name or "", base, level, listed)

    def name(self, style: str | None) -> str:
        return self._styles.get(style or "", (style or "", None, None, None))[0]

    def level(self, style: str | None) -> int | None:
        """1 to 6 for the styles of headings, also for styles made from those."""
        for _ in range(10):
            found = self._styles.get(style or "")
            name = found[0] if found else style or ""
            if heading := _HEADING.match(name):
                return max(1, int(heading[1]))
            if name in ("Title", "标题"):
                return 1
            if found and found[2] is not None and found[2] < 9:
                return found[2] + 1
            if found is None or found[1] is None:
                return None
            style = found[1]
        return None

    def list_of(self, style: str | None) -> str | None:
        """Which list the style's paragraphs belong to."""
        found = self._styles.get(style or "")
        return found[3] if found else None


def _styles(archive: zipfile.ZipFile, names: set[str]) -> _Styles:
    has_styles = "word/styles.xml" in names
    return _Styles(read_xml(read_part(archive, "word/styles.xml", _BROKEN), _BROKEN) if has_styles else None)


def _numbering(archive: zipfile.ZipFile, names: set[str]) -> dict[tuple[str, str], str]:
    """(list, level) -> how it is marked: bullet, decimal, …"""
    if "word/numbering.xml" not in names:
        return {}
    root = read_xml(read_part(archive, "word/numbering.xml", _BROKEN), _BROKEN)
    kinds = {
        each.get(f"{_W}abstractNumId"): {
            level.get(f"{_W}ilvl"): _value(level.find(f"{_W}numFmt")) or "bullet" for level in each.iter(f"{_W}lvl")
        }
        for each in root.iter(f"{_W}abstractNum")
    }
    return {
        (number.get(f"{_W}numId"), level): kind
        for number in root.iter(f"{_W}num")
        for level, kind in kinds.get(_value(number.find(f"{_W}abstractNumId")), {}).items()
    }


class _Reader:
    """Walks a part of the document and drafts its blocks."""

    def __init__(self, styles: _Styles, numbering: dict[tuple[str, str], str]) -> None:
        self._draft = Draft()
        self._styles, self._numbering = styles, numbering
        self._counts: Counter[tuple[str, str]] = Counter()
        self._code: list[str] = []

    def read(self, node: Any, depth: int) -> None:
        if depth > _MAX_DEPTH:
            return
        for child in node:
            if child.tag == f"{_W}p":
                self._paragraph(child, depth)
            elif child.tag == f"{_W}tbl":
                self._end_code()
                self._table(child, depth)
            elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}smartTag", f"{_W}customXml"):
                self.read(child, depth + 1)

    def read_notes(self, root: Any) -> None:
        for note in root:
            if note.get(f"{_W}type") in ("separator", "continuationSeparator"):
                continue
            text = " ".join(filter(None, (_text(each).strip() for each in note.iter(f"{_W}p"))))
            if text:
                mark = "comment" if note.tag == f"{_W}comment" else f"[^{note.get(f'{_W}id')}]"
                self._draft.add(f"{mark}: {text}")

    def finished(self) -> list[Any]:
        self._end_code()
        return self._draft.blocks

    def _paragraph(self, node: Any, depth: int) -> None:
        look = node.find(f"{_W}pPr")
        style = _value(look.find(f"{_W}pStyle")) if look is not None else None
        name = self._styles.name(style)
        text = _text(node)
        if _CODE.search(name):
            self._code.append(text)
            return
        self._end_code()
        if _CONTENTS.match(name):
            return
        own = _value(look.find(f"{_W}outlineLvl")) if look is not None else None
        level = int(own) + 1 if own and own.isdigit() and int(own) < 9 else self._styles.level(style)
        if level is not None:
            self._draft.add(" ".join(text.split()), "heading", level)
        elif name.lower() == "caption" or name == "题注":
            self._draft.add(text, "caption")
        elif mark := self._mark(look, style):
            self._draft.add(f"{mark} {text}" if text.strip() else "", "list")
        else:
            self._draft.add(text)
        self._pictures_and_boxes(node, depth)

    def _mark(self, look: Any, style: str | None) -> str:
        """What stands before a list's item; "" for what is none."""
        found = look.find(f"{_W}numPr") if look is not None else None
        number, level = self._styles.list_of(style) or "0", "0"
        if found is not None:
            number, level = (_value(found.find(f"{_W}{tag}")) or "0" for tag in ("numId", "ilvl"))
        if number == "0":
            return ""
        self._counts[number, level] += 1
        for key in [key for key in self._counts if key[0] == number and key[1] > level]:
            del self._counts[key]
        indent = "  " * (int(level) if level.isdigit() and len(level) == 1 else 0)
        is_bullet = self._numbering.get((number, level), "bullet") in ("bullet", "none")
        return indent + ("-" if is_bullet else f"{self._counts[number, level]}.")

    def _pictures_and_boxes(self, node: Any, depth: int) -> None:
        for found in node.iter(f"{_W}drawing", f"{_W}pict"):
            if any(each.tag == f"{_MC}Fallback" for each in found.iterancestors()):
                continue
            for described in found.iter("{*}docPr"):
                text = described.get("descr") or ""
                if not _PICTURE_NAME.search(text.strip()):
                    self._draft.add(text, "caption")
            for box in found.iter(f"{_W}txbxContent"):
                if next(box.iterancestors(f"{_W}txbxContent"), None) is None:
                    self.read(box, depth + 1)

    def _end_code(self) -> None:
        self._draft.add("\n".join(self._code), "code")
        self._code.clear()

    def _table(self, node: Any, depth: int) -> None:
        rows, marked = _cells(node)
        if len(rows) == 1 and len(rows[0]) == 1:
            for cell in node.iter(f"{_W}tc"):  # a frame around text, or around a program
                self.read(cell, depth + 1)
                return
        add_table(self._draft, rows, marked=marked)


def _cells(table: Any) -> tuple[list[list[str]], int]:
    """The rows with merged cells spread out, and how many of the first are marked as header."""
    rows: list[list[str]] = []
    marked = 0
    for row in table.iter(f"{_W}tr"):
        if next(row.iterancestors(f"{_W}tbl")) is not table:
            continue
        cells: list[str] = []
        for cell in row.iter(f"{_W}tc"):
            if next(cell.iterancestors(f"{_W}tbl")) is not table:
                continue
            span = _value(cell.find(f"{_W}tcPr/{_W}gridSpan"))
            merge = cell.find(f"{_W}tcPr/{_W}vMerge")
            text = " ".join(filter(None, (_text(each).strip() for each in cell.iter(f"{_W}p"))))
            if merge is not None and (_value(merge) or "continue") == "continue" and rows:
                text = rows[-1][len(cells)] if len(cells) < len(rows[-1]) else ""
            cells.extend([" ".join(text.split())] * (min(int(span), _MAX_SPAN) if span and span.isdigit() else 1))
        if marked == len(rows) and row.find(f"{_W}trPr/{_W}tblHeader") is not None:
            marked += 1
        rows.append(cells)
    return rows, marked


def _text(paragraph: Any) -> str:
    return "".join(_pieces(paragraph))


def _pieces(node: Any) -> Iterator[str]:
    """The text of a paragraph without its boxes, and without what is there twice."""
    stack = [iter(node)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
        elif child.tag in (f"{_W}t", f"{_M}t"):
            yield child.text or ""
        elif child.tag in (f"{_W}tab", f"{_W}ptab"):
            yield "\t"
        elif child.tag in (f"{_W}br", f"{_W}cr"):
            yield "\n"
        elif child.tag == f"{_W}noBreakHyphen":
            yield "-"
        elif child.tag in (f"{_W}footnoteReference", f"{_W}endnoteReference"):
            yield f"[^{child.get(f'{_W}id')}]"
        elif child.tag not in (
            f"{_W}pPr",
            f"{_W}rPr",
            f"{_MC}Fallback",
            f"{_W}txbxContent",
            f"{_W}del",
            f"{_W}moveFrom",
        ):
            stack.append(iter(child))


def _value(node: Any) -> str | None:
    found: str | None = node.get(f"{_W}val") if node is not None else None
    return found
