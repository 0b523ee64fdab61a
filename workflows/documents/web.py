"""HTML: the page's own content in reading order; what is no content, `furniture` knows."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from workflows.documents.blocks import Draft
from workflows.documents.encoding import decode, decode_as
from workflows.documents.errors import ParseError
from workflows.documents.furniture import DROPPED, Furniture
from workflows.documents.grid import add_table
from workflows.documents.parsed import Parsed

_TEXTS = frozenset(["p", "dd", "dt", "blockquote", "figcaption", "summary", "address", "caption", "legend"])
_CONTAINERS = frozenset(
    [
        "div",
        "section",
        "article",
        "main",
        "ul",
        "ol",
        "dl",
        "table",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "td",
        "th",
        "pre",
        "body",
        "header",
        "footer",
        "figure",
        "details",
        "center",
        "form",
        "fieldset",
        "aside",
        "nav",
        "hgroup",
        "li",
    ]
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)""", re.I)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_SPACE = re.compile(r"[ \t\r\n\f]+")
_MAX_DEPTH = 200
_MAX_SPAN = 200
_MAX_CELLS = 500_000
_PICTURE_NAME = re.compile(r"^(?:image|img|logo|icon|图片)?\s*\d*$|\.(?:png|jpe?g|gif|svg|webp)$", re.I)


def parse(data: bytes) -> Parsed:
    root = root_of(_text(data))
    draft = Draft()
    if root is None:
        return Parsed()
    add_page(draft, root)
    title = root.findtext(".//title") or ""
    return Parsed(draft.blocks, title=" ".join(title.split())[:300], language=(root.get("lang") or "")[:35])


def root_of(text: str) -> Any:
    """The page's root element; None where there is nothing. Raises ParseError."""
    text = _DECLARATION.sub("", text, count=1).replace("\x00", "")
    if not text.strip():
        return None
    try:
        parser = lxml_html.HTMLParser(encoding="utf-8", huge_tree=False)
        return lxml_html.document_fromstring(text.encode(errors="replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as exc:
        message = "The file is no readable HTML. Open it in a browser and save it again."
        raise ParseError("parse_failed", message) from exc


def add_page(draft: Draft, root: Any, page: int | None = None, shift: int = 0) -> None:
    """The blocks of a page's content. `shift` moves its headings down where it is part of something larger."""
    body = root.find("body") if root.tag != "body" else root
    body = root if body is None else body
    furniture = Furniture(body)
    start = _content(body, furniture)
    _Page(draft, furniture, page, shift).walk(start, 0, start is not body)


def _text(data: bytes) -> str:
    declared = _CHARSET.search(data[:4096])
    return (decode_as(data, declared[1].decode()) if declared else None) or decode(data)


def _content(body: Any, furniture: Furniture) -> Any:
    """The page's main part when it says which it is and that part holds most of what there is to read."""
    for name in ("main", "article"):
        found = list(body.iter(name))
        best = max(found, key=furniture.size, default=None)
        if best is not None and furniture.size(best) > max(200, 0.6 * sum(map(furniture.size, found))):
            return best
    return body


class _Page:
    def __init__(self, draft: Draft, furniture: Furniture, page: int | None, shift: int) -> None:
        self._draft, self._furniture = draft, furniture
        self._number, self._shift = page, shift

    def walk(self, node: Any, depth: int, in_content: bool) -> None:
        """Blocks in order; text that stands beside blocks is kept as a block of its own."""
        if depth > _MAX_DEPTH:
            return
        loose: list[str] = [node.text or ""]
        for child in node:
            if not self._is_dropped(child, in_content):
                if _is_block(child):
                    self._flush(loose)
                    self._block(child, depth, in_content or child.tag in ("main", "article"))
                else:
                    loose.append(self._inline(child, depth, in_content))
            loose.append(child.tail or "")
        self._flush(loose)

    def _flush(self, loose: list[str]) -> None:
        self._draft.add(_squeeze("".join(loose)), page=self._number)
        loose.clear()

    def _block(self, node: Any, depth: int, in_content: bool) -> None:
        tag = node.tag
        if tag in _HEADINGS:
            text = _SPACE.sub(" ", self._inline(node, depth, in_content)).strip()
            self._draft.add(text, "heading", min(6, _HEADINGS[tag] + self._shift), self._number)
        elif tag == "pre":
            self._draft.add(_preformatted(node), "code", page=self._number)
        elif tag in ("ul", "ol"):
            self._list(node, depth, in_content)
        elif tag == "table" and _is_data(node):
            self._table(node, depth, in_content)
        elif tag == "img":
            self._draft.add(_alternative(node), "caption", page=self._number)
        elif tag in _TEXTS and not any(_is_block(each) for each in node.iterdescendants()):
            kind: Any = "caption" if tag in ("figcaption", "caption") else "text"
            self._draft.add(_squeeze(self._inline(node, depth, in_content)), kind, page=self._number)
        else:
            self.walk(node, depth + 1, in_content)

    def _list(self, node: Any, depth: int, in_content: bool, level: int = 0) -> None:
        if depth > _MAX_DEPTH:
            return
        number = 0
        for item in node:
            if self._is_dropped(item, in_content):
                continue
            number += 1
            mark = "  " * level + (f"{number}." if node.tag == "ol" else "-")
            loose, nested = [item.text or ""], []
            for child in item:
                if self._is_dropped(child, in_content):
                    pass
                elif (_is_block(child) and child.tag not in ("p", "div")) or (
                    _is_block(child) and any(_is_block(each) for each in child.iterdescendants())
                ):
                    nested.append(child)
                else:
                    loose += [" " if _is_block(child) else "", self._inline(child, depth, in_content)]
                loose.append(child.tail or "")
            text = _SPACE.sub(" ", "".join(loose)).strip()
            self._draft.add(f"{mark} {text}" if text else "", "list", page=self._number)
            for child in nested:
                if child.tag in ("ul", "ol"):
                    self._list(child, depth + 1, in_content, level + 1)
                else:
                    self._block(child, depth + 1, in_content)

    def _table(self, table: Any, depth: int, in_content: bool) -> None:
        for caption in table.iterchildren("caption"):
            self._draft.add(_squeeze(self._inline(caption, depth, in_content)), "caption", page=self._number)
        rows: list[list[str]] = []
        below: dict[int, tuple[int, str]] = {}  # column -> how many rows more it shows which text
        marked, cells_seen = 0, 0
        for row in table.iter("tr"):
            own = [cell for cell in row if cell.tag in ("td", "th")]
            cells: list[str] = []
            for cell in own:
                while below.get(len(cells), (0, ""))[0]:
                    _carry(cells, below)
                text = _SPACE.sub(" ", self._inline(cell, depth, in_content)).strip()
                tall = _span(cell, "rowspan")
                for _ in range(_span(cell, "colspan")):
                    if tall > 1:
                        below[len(cells)] = (tall - 1, text)
                    cells.append(text)
            while below.get(len(cells), (0, ""))[0]:
                _carry(cells, below)
            cells_seen += len(cells)
            if cells_seen > _MAX_CELLS:
                raise ParseError("parse_too_large", f"A table has more than {_MAX_CELLS:,} cells. Split the file.")
            heads = own and (row.getparent().tag == "thead" or all(cell.tag == "th" for cell in own))
            if heads and marked == len(rows):
                marked += 1
            rows.append(cells)
        add_table(self._draft, rows, self._number, marked)

    def _inline(self, node: Any, depth: int, in_content: bool) -> str:
        if node.tag == "br":
            return "\n\n"
        if node.tag == "img":
            return f" {_alternative(node)} " if _alternative(node) else ""
        if depth > _MAX_DEPTH:
            return ""
        parts = [node.text or ""]
        for child in node:
            if not self._is_dropped(child, in_content):
                inner = self._inline(child, depth + 1, in_content)
                parts.append(f" {inner} " if _is_block(child) else inner)
            parts.append(child.tail or "")
        return "".join(parts)

    def _is_dropped(self, node: Any, in_content: bool) -> bool:
        tag = node.tag
        return not isinstance(tag, str) or tag in DROPPED or self._furniture.is_furniture(node, in_content)


def _carry(cells: list[str], below: dict[int, tuple[int, str]]) -> None:
    left, text = below[len(cells)]
    below[len(cells)] = (left - 1, text)
    cells.append(text)


def _is_block(node: Any) -> bool:
    return node.tag in _TEXTS or node.tag in _HEADINGS or node.tag in _CONTAINERS


def _is_data(table: Any) -> bool:
    """Rows and columns of its own, and no table that lays out the page."""
    if next(table.iterdescendants("table"), None) is not None:
        return False
    rows = [sum(1 for cell in row if cell.tag in ("td", "th")) for row in table.iter("tr")]
    return len(rows) > 1 and max(rows) > 1


def _span(cell: Any, name: str) -> int:
    value = (cell.get(name) or "1").strip()
    return min(max(1, int(value)), _MAX_SPAN) if value.isdigit() and len(value) < 9 else 1


def _preformatted(node: Any) -> str:
    for each in node.iter("br"):
        each.tail = "\n" + (each.tail or "")
    return str(node.text_content())


def _alternative(image: Any) -> str:
    text = " ".join((image.get("alt") or "").split())
    return "" if _PICTURE_NAME.search(text) else text


def _squeeze(text: str) -> str:
    return "\n".join(line for line in (_SPACE.sub(" ", each).strip() for each in text.split("\n\n")) if line)
