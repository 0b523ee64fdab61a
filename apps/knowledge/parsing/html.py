"""HTML: the page's own content in reading order, without menus, scripts and forms."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from workflows.documents.blocks import Block, Draft
from workflows.documents.encoding import decode
from workflows.documents.errors import ParseError

_DROP = {
    "script",
    "style",
    "noscript",
    "template",
    "nav",
    "aside",
    "form",
    "button",
    "select",
    "iframe",
    "svg",
    "object",
    "head",
}
_BLOCKS = {"p", "li", "dd", "dt", "blockquote", "figcaption", "summary", "address", "caption"}
_CONTAINERS = {
    "div",
    "section",
    "article",
    "main",
    "ul",
    "ol",
    "dl",
    "table",
    "pre",
    "body",
    "header",
    "footer",
    "figure",
    "details",
    "center",
}
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)""", re.I)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_MAX_DEPTH = 200


def parse_html(data: bytes) -> list[Block]:
    text = _text(data)
    try:
        root = lxml_html.document_fromstring(
            text.encode(), parser=lxml_html.HTMLParser(encoding="utf-8", huge_tree=False)
        )
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as exc:
        raise ParseError(
            "parse_failed", "The file is no readable HTML. Open it in a browser and save it again."
        ) from exc
    draft = Draft()
    _walk(_content(root), draft, 0)
    return draft.blocks


def _text(data: bytes) -> str:
    declared = _CHARSET.search(data[:4096])
    if declared:
        try:
            return data.decode(
                {"gb2312": "gb18030", "gbk": "gb18030"}.get(declared[1].decode().lower(), declared[1].decode())
            )
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(data)


def _content(root: Any) -> Any:
    """The page's main part when it says which it is and that part holds most of what there is to read."""
    body = root.find("body")
    body = root if body is None else body
    found = [each for name in ("main", "article") for each in body.iter(name)]
    best = max(found, key=lambda each: len(each.text_content()), default=None)
    return best if best is not None and len(best.text_content()) > 200 else body


def _walk(node: Any, draft: Draft, depth: int) -> None:
    """Blocks in order; text that stands beside blocks is kept as a block of its own."""
    if depth > _MAX_DEPTH:
        return
    loose: list[str] = [node.text or ""]
    for child in node:
        tag = child.tag if isinstance(child.tag, str) else ""
        if not tag or tag in _DROP or _is_page_furniture(child, tag):
            pass
        elif _is_block(child):
            draft.add(_squeeze("".join(loose)))
            loose.clear()
            _block(child, tag, draft, depth)
        else:
            loose.append("\n" if tag == "br" else _inline(child))
        loose.append(child.tail or "")
    draft.add(_squeeze("".join(loose)))


def _block(node: Any, tag: str, draft: Draft, depth: int) -> None:
    if tag in _HEADINGS:
        draft.add(_squeeze(_inline(node)), "heading", _HEADINGS[tag])
    elif tag == "pre":
        draft.add(node.text_content(), "code")
    elif tag == "table" and next(node.iterdescendants("table"), None) is None:
        rows = [[_inline(cell) for cell in row if cell.tag in ("td", "th")] for row in node.iter("tr")]
        draft.add_table([row for row in rows if row])
    elif tag in _BLOCKS and not any(_is_block(each) for each in node.iterdescendants()):
        draft.add(_squeeze(_inline(node)))
    else:
        _walk(node, draft, depth + 1)


def _is_block(node: Any) -> bool:
    return node.tag in _BLOCKS or node.tag in _HEADINGS or node.tag in _CONTAINERS


def _is_page_furniture(node: Any, tag: str) -> bool:
    role = (node.get("role") or "").lower()
    if (
        role in ("navigation", "banner", "contentinfo", "search")
        or node.get("aria-hidden") == "true"
        or "hidden" in node.attrib
    ):
        return True
    parent = node.getparent()
    return tag in ("header", "footer") and parent is not None and parent.tag == "body"


def _inline(node: Any) -> str:
    parts = [node.text or ""]
    for child in node:
        tag = child.tag if isinstance(child.tag, str) else ""
        if tag == "br":
            parts.append("\n")
        elif tag and tag not in _DROP:
            parts.append(_inline(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _squeeze(text: str) -> str:
    return "\n".join(line for line in (_SPACE.sub(" ", each).strip() for each in text.split("\n\n")) if line)
