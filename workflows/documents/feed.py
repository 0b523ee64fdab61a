"""RSS and Atom: every entry under its title, its text without the HTML around it."""

from __future__ import annotations

from typing import Any

from lxml import etree

from workflows.documents.blocks import Draft
from workflows.documents.markup import xml_root
from workflows.documents.parsed import Parsed
from workflows.documents.web import add_page, root_of

_ENTRIES = ("item", "entry")
_TEXTS = ("encoded", "content", "description", "summary")
_DATES = ("pubDate", "published", "updated", "date", "lastBuildDate")


def parse(data: bytes) -> Parsed:
    root = xml_root(data)
    draft = Draft()
    channel = next(root.iter("{*}channel"), root)
    title = _text(channel, "title")
    draft.add(title, "heading", 1)
    _add_text(draft, channel)
    for entry in root.iter(*(f"{{*}}{name}" for name in _ENTRIES)):
        draft.add(_text(entry, "title"), "heading", 2)
        facts = [next(filter(None, (_text(entry, name) for name in _DATES)), ""), _author(entry), _link(entry)]
        draft.add("\n".join(filter(None, facts)))
        _add_text(draft, entry)
        for category in filter(None, (_plain(each) for each in _children(entry, "category"))):
            draft.add(category)
    return Parsed(draft.blocks, title=title, language=_text(channel, "language")[:35])


def _add_text(draft: Draft, entry: Any) -> None:
    """The fullest of the texts that an entry has; most repeat each other."""
    found = [_markup(each) for name in _TEXTS for each in _children(entry, name)]
    if found and (page := root_of(max(found, key=len))) is not None:
        add_page(draft, page, shift=2)


def _markup(node: Any) -> str:
    """HTML, whether it was escaped or stands there as elements."""
    if len(node):
        return str(etree.tostring(node, encoding="unicode", method="html", with_tail=False))
    return node.text or ""


def _author(entry: Any) -> str:
    for name in ("creator", "author"):
        for each in _children(entry, name):
            return _text(each, "name") or _plain(each)
    return ""


def _link(entry: Any) -> str:
    for each in _children(entry, "link"):
        if link := each.get("href") or _plain(each):
            return str(link)
    return ""


def _children(node: Any, name: str) -> list[Any]:
    return [each for each in node if isinstance(each.tag, str) and etree.QName(each).localname == name]


def _text(node: Any, name: str) -> str:
    return next(filter(None, map(_plain, _children(node, name))), "")


def _plain(node: Any) -> str:
    return " ".join("".join(node.itertext()).split())
