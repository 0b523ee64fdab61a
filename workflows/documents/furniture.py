"""What of a web page is not its content: menus, banners, forms, cookie notices, lists of links. Pure.

Judges elements by their tag, role, name, and by how much of their text is links. Never drops what holds most of a page.
"""

from __future__ import annotations

import re
from typing import Any

DROPPED = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "iframe",
        "svg",
        "object",
        "embed",
        "canvas",
        "head",
        "button",
        "select",
        "input",
        "textarea",
        "datalist",
        "dialog",
        "audio",
        "video",
        "map",
        "rt",
        "rp",
    ]
)
_ROLES = frozenset(
    ["navigation", "banner", "contentinfo", "search", "dialog", "alertdialog", "menu", "menubar", "toolbar", "tablist"]
)
_EDGE = r"(?:^|[\s_\-/])"
_END = r"(?:$|[\s_\-/\d])"
_NOTICE = re.compile(rf"{_EDGE}(?:cookies?|consent|gdpr|ccpa|onetrust|popup|modal|skip|skiplink|sr-only){_END}", re.I)
# Names of what is around the content, and names that parts of the content have as well.
_AROUND = re.compile(
    rf"{_EDGE}(?:nav|navbar|navigation|navbox|menu|menubar|submenu|breadcrumbs?|crumbs|footer|foot|sidebar|toolbar|"
    r"masthead|topbar|ads?|advert\w*|sponsor\w*|share|sharing|social|pagination|pager|paging|newsletter|subscribe|"
    r"login|signin|signup|searchbox|jump|portlet|dropdown|copyright|catlinks|editsection|printfooter|noprint|hatnote)"
    rf"{_END}",
    re.I,
)
_PERHAPS = re.compile(
    rf"{_EDGE}(?:header|banner|side|promo|related|recommend\w*|search|toc|languages?|lang|metadata|tags?|links){_END}",
    re.I,
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_SKIP_TEXT = re.compile(r"\s*(?:skip to|jump to|跳转到|跳到|跳至)", re.I)
_MOST = 0.5
# In bytes of UTF-8: a Chinese title says in 15 characters what an English one says in 45.
_LITTLE, _FEW = 200, 40
_BOXES = frozenset(
    ["div", "ul", "ol", "dl", "section", "table", "tbody", "tr", "td", "p", "aside", "header", "footer", "center"]
)


class Furniture:
    """Knows how much text and how many links each element of one page holds."""

    def __init__(self, body: Any) -> None:
        self._texts: dict[Any, tuple[int, int, int]] = {}
        self._measure(body)
        self._whole = max(1, self._texts[body][0])

    def is_furniture(self, node: Any, in_content: bool) -> bool:
        """`in_content`: it stands inside what the page itself calls its main part or an article."""
        tag = node.tag
        if "hidden" in node.attrib or node.get("aria-hidden") == "true" or _HIDDEN.search(node.get("style") or ""):
            return True
        if tag == "a" and (node.get("href") or "").startswith("#") and _SKIP_TEXT.match(node.text_content()[:60]):
            return True
        chars, linked, links = self._texts.get(node, (0, 0, 0))
        if chars > self._whole * _MOST:
            return False
        if tag == "nav" or (node.get("role") or "").lower() in _ROLES or tag in ("form", "fieldset"):
            return True
        name = f"{node.get('class') or ''} {node.get('id') or ''}"
        if name.strip() and _NOTICE.search(name):
            return True
        mostly_links = chars == 0 or linked / chars > 0.5
        if tag in ("header", "footer", "aside") and (not in_content or mostly_links):
            return tag != "header" or next(node.iter("h1"), None) is None
        if tag in _BOXES and name.strip():
            if _AROUND.search(name):
                return mostly_links or (chars < _LITTLE and next(node.iter("h1", "h2", "h3", "pre"), None) is None)
            if _PERHAPS.search(name) and mostly_links:
                return True
        return (
            not in_content and tag in _BOXES and links >= 5 and linked / max(1, chars) > 0.8 and linked / links < _FEW
        )

    def size(self, node: Any) -> int:
        """How much text it holds."""
        return self._texts.get(node, (0, 0, 0))[0]

    def _measure(self, body: Any) -> None:
        """Characters, characters in links, and links of every element, in one pass from the leaves up."""
        for node in reversed(list(body.iter())):
            if not isinstance(node.tag, str) or node.tag in DROPPED:
                self._texts[node] = (0, 0, 0)
                continue
            chars, linked, links = _size(node.text), 0, 0
            for child in node:
                inner = self._texts.get(child, (0, 0, 0))
                chars += inner[0] + _size(child.tail)
                linked += inner[1]
                links += inner[2]
            self._texts[node] = (chars, chars, links + 1) if node.tag == "a" else (chars, linked, links)


def _size(text: str | None) -> int:
    return len(text.strip().encode(errors="replace")) if text else 0
