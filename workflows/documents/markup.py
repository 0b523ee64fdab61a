"""HTML inside other formats, as text: the blocks on lines of their own, without scripts and styles."""

from __future__ import annotations

import re

from lxml import etree
from lxml import html as lxml_html

from workflows.documents.encoding import decode
from workflows.documents.errors import ParseError

_DROP = ("script", "style", "head", "noscript", "template", "svg")
_BLOCKS = frozenset(
    (
        "p", "div", "li", "dd", "dt", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "blockquote",
        "pre", "figcaption", "table", "ul", "ol", "hr",
    )
)  # fmt: skip
_SPACE = re.compile(r"[ \t\r\f\v]*\n[ \t\r\f\v\n]*")


def html_text(data: bytes) -> str:
    """The text of a page or a chapter. Raises ParseError."""
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", decode(data), count=1)
    if not text.strip():
        return ""
    try:
        parser = lxml_html.HTMLParser(encoding="utf-8", huge_tree=False)
        root = lxml_html.document_fromstring(text.encode(errors="replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as exc:
        raise ParseError("parse_failed", "The HTML in the file cannot be read.") from exc
    for element in list(root.iter(*_DROP)):
        if element.getparent() is not None:
            element.drop_tree()
    pieces: list[str] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        is_block = element.tag in _BLOCKS
        if event == "start":
            pieces.append("\n" if is_block or element.tag == "br" else "")
            if isinstance(element.tag, str):
                pieces.append(re.sub(r"\s+", " ", element.text or ""))
        else:
            pieces.append("\n" if is_block else "")
            pieces.append(re.sub(r"\s+", " ", element.tail or ""))
    return _SPACE.sub("\n", "".join(pieces)).strip()
