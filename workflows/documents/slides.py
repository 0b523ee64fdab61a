"""Presentations slide by slide: titles as headings, bullets, tables, charts' figures, alt texts and speaker notes."""

from __future__ import annotations

import posixpath
import re
import zipfile
from typing import Any

from workflows.documents.archive import open_archive, properties_of, read_part, read_xml
from workflows.documents.blocks import Draft
from workflows.documents.errors import ParseError
from workflows.documents.grid import add_table
from workflows.documents.parsed import Outline, Parsed

PART_SLIDES = 100
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_BROKEN = "The file is no readable presentation (.pptx). Open it in its own program and save it again."
_SLIDE = re.compile(r"ppt/slides/slide(\d{1,6})\.xml")
_TITLES = ("title", "ctrTitle")
_UNSAID = ("sldNum", "dt", "ftr", "hdr", "sldImg")
_PICTURE_NAME = re.compile(r"^(?:picture|image|graphic|图片|圖片)?\s*\d*$|\.(?:png|jpe?g|gif|emf|wmf|svg)$", re.I)
_MAX_DEPTH = 30
_MAX_SPAN = 200


def outline(data: bytes) -> Outline:
    with open_archive(data, _BROKEN) as archive:
        return Outline.of("page", len(_slides(archive)), PART_SLIDES)


def parse(data: bytes, first: int, last: int) -> Parsed:
    draft = Draft()
    with open_archive(data, _BROKEN) as archive:
        for number, name in enumerate(_slides(archive), start=1):
            if first <= number <= last:
                _Slide(archive, name, number, draft).read()
        title, meta = properties_of(archive)
    return Parsed(draft.blocks, title=title, language=meta.pop("language", ""), meta=meta)


def _slides(archive: zipfile.ZipFile) -> list[str]:
    """The slides' parts in the order of the presentation, else by their numbers."""
    names = set(archive.namelist())
    if "ppt/presentation.xml" in names:
        related = _related(archive, "ppt/presentation.xml")
        root = read_xml(read_part(archive, "ppt/presentation.xml", _BROKEN), _BROKEN)
        listed = [related.get(each.get(f"{_R}id") or "", "") for each in root.iter(f"{_P}sldId")]
        if present := [name for name in listed if name in names]:
            return present
    numbered = sorted((int(found[1]), name) for name in names if (found := _SLIDE.fullmatch(name)))
    if not numbered and "ppt/presentation.xml" not in names:
        raise ParseError("parse_failed", _BROKEN)
    return [name for _, name in numbered]


def _related(archive: zipfile.ZipFile, part: str) -> dict[str, str]:
    """What a part refers to: id -> part."""
    folder, name = posixpath.split(part)
    path = f"{folder}/_rels/{name}.rels"
    if path not in archive.namelist():
        return {}
    found = {}
    for each in read_xml(read_part(archive, path, _BROKEN), _BROKEN):
        target = each.get("Target") or ""
        if each.get("TargetMode") != "External":
            found[each.get("Id") or ""] = posixpath.normpath(posixpath.join(folder, target)).lstrip("/")
    return found


class _Slide:
    def __init__(self, archive: zipfile.ZipFile, name: str, number: int, draft: Draft) -> None:
        self._archive, self._number, self._draft = archive, number, draft
        self._related = _related(archive, name)
        self._root = read_xml(read_part(archive, name, _BROKEN), _BROKEN)

    def read(self) -> None:
        tree = next(self._root.iter(f"{_P}spTree"), None)
        if tree is None:
            self._paragraphs(self._root, is_list=False)
        else:
            self._shapes(tree, 0)
        self._notes()

    def _shapes(self, tree: Any, depth: int) -> None:
        """Titles first, wherever they were drawn."""
        shapes = sorted(tree, key=lambda shape: _placeholder(shape) not in _TITLES)
        for shape in shapes if depth < _MAX_DEPTH else ():
            kind = _placeholder(shape)
            if kind in _UNSAID:
                continue
            if shape.tag == f"{_P}grpSp":
                self._shapes(shape, depth + 1)
            elif shape.tag == f"{_P}graphicFrame":
                self._frame(shape)
            elif kind in _TITLES:
                text = " ".join(" ".join(_runs(each) for each in shape.iter(f"{_A}p")).split())
                self._draft.add(text, "heading", 1, self._number)
            else:
                self._paragraphs(shape, is_list=kind in ("body", "obj"))
                self._alternative(shape)

    def _paragraphs(self, shape: Any, is_list: bool) -> None:
        tables = list(shape.iter(f"{_A}tbl"))
        inside = {each for table in tables for each in table.iter(f"{_A}p")}
        found = [(each, _runs(each).strip()) for each in shape.iter(f"{_A}p", f"{_A}tbl") if each not in inside]
        several = sum(1 for _, text in found if text) > 1
        for node, text in found:
            if node.tag == f"{_A}tbl":
                self._table(node)
            elif is_list and several and _is_bullet(node):
                level = (node.find(f"{_A}pPr").get("lvl") or "0") if node.find(f"{_A}pPr") is not None else "0"
                indent = "  " * (int(level) if level.isdigit() and len(level) == 1 else 0)
                self._draft.add(f"{indent}- {text}" if text else "", "list", page=self._number)
            else:
                self._draft.add(text, page=self._number)

    def _frame(self, frame: Any) -> None:
        for table in frame.iter(f"{_A}tbl"):
            self._table(table)
        for chart in frame.iter("{*}chart"):
            if part := self._related.get(chart.get(f"{_R}id") or ""):
                self._chart(part)
        for diagram in frame.iter("{*}relIds"):
            part = self._related.get(diagram.get(f"{_R}dm") or "")
            if part in self._archive.namelist():
                self._paragraphs(read_xml(read_part(self._archive, part, _BROKEN), _BROKEN), is_list=True)
        self._alternative(frame)

    def _table(self, table: Any) -> None:
        rows: list[list[str]] = []
        for row in table.iter(f"{_A}tr"):
            cells: list[str] = []
            for cell in row.iter(f"{_A}tc"):
                text = " ".join(" ".join(_runs(each) for each in cell.iter(f"{_A}p")).split())
                if cell.get("hMerge") in ("1", "true") and cells:
                    text = cells[-1]
                elif cell.get("vMerge") in ("1", "true") and rows and len(cells) < len(rows[-1]):
                    text = rows[-1][len(cells)]
                cells.append(text)
            rows.append(cells)
        add_table(self._draft, rows, self._number)

    def _chart(self, part: str) -> None:
        """Its figures as a table: a row for each category, a column for each series."""
        if part not in self._archive.namelist():
            return
        root = read_xml(read_part(self._archive, part, _BROKEN), _BROKEN)
        title = "".join(text.text or "" for each in root.iter("{*}title") for text in each.iter(f"{_A}t"))
        self._draft.add(title, "caption", page=self._number)
        series = []
        for each in root.iter("{*}ser"):
            name, names, values = (
                [value.text or "" for value in found.iter("{*}v")]
                if (found := each.find(f"{{*}}{tag}")) is not None
                else []
                for tag in ("tx", "cat", "val")
            )
            series.append(("".join(name), names, values))
        if not series:
            return
        categories = max((names for _, names, _ in series), key=len)
        for index, category in enumerate(categories[:1000]):
            values = [values[index] if index < len(values) else "" for _, _, values in series]
            self._draft.add_row(["", *(name for name, _, _ in series)], [category, *values], self._number)

    def _alternative(self, shape: Any) -> None:
        for each in shape.iter(f"{_P}cNvPr"):
            text = each.get("descr") or ""
            if not _PICTURE_NAME.search(text.strip()):
                self._draft.add(text, "caption", page=self._number)

    def _notes(self) -> None:
        for part in self._related.values():
            if re.fullmatch(r"ppt/notesSlides/[^/]+\.xml", part) and part in self._archive.namelist():
                root = read_xml(read_part(self._archive, part, _BROKEN), _BROKEN)
                for shape in root.iter(f"{_P}sp"):
                    if _placeholder(shape) not in _UNSAID:
                        self._paragraphs(shape, is_list=False)


def _placeholder(shape: Any) -> str:
    """The role of a shape; "" for one that has none or only a number."""
    found = next(shape.iter(f"{_P}ph"), None) if shape.tag != f"{_P}grpSp" else None
    return (found.get("type") or "obj") if found is not None else "none"


def _is_bullet(paragraph: Any) -> bool:
    look = paragraph.find(f"{_A}pPr")
    return look is None or look.find(f"{_A}buNone") is None


def _runs(node: Any) -> str:
    breaks = {f"{_A}br": "\n", f"{_A}tab": "\t"}
    return "".join(breaks.get(each.tag) or each.text or "" for each in node.iter(f"{_A}t", *breaks))
