"""XML of any kind: records as rows, the rest as `name: text` under the names of its sections. Entities stay closed."""

from __future__ import annotations

from typing import Any

from lxml import etree

from workflows.documents.archive import read_xml
from workflows.documents.blocks import Draft
from workflows.documents.encoding import decode
from workflows.documents.parsed import Parsed

_BROKEN = "The file is no readable XML. Open it in the program that made it and save it again."
_MAX_DEPTH = 100
_MAX_COLUMNS = 200
_SECTION_LEVELS = 3


def parse(data: bytes) -> Parsed:
    root = xml_root(data)
    if etree.QName(root).localname == "html":
        from workflows.documents import web

        return web.parse(data)
    draft = Draft()
    _section(draft, root, 1)
    return Parsed(draft.blocks)


def xml_root(data: bytes) -> Any:
    """The root element, in whichever encoding. Raises ParseError."""
    if data.lstrip()[:5] == b"<?xml":
        return read_xml(data.lstrip(), _BROKEN)
    return read_xml(decode(data).lstrip().encode(errors="replace"), _BROKEN)


def _section(draft: Draft, node: Any, level: int) -> None:
    children = [child for child in node if isinstance(child.tag, str)]
    if not children or any((child.tail or "").strip() for child in children):
        draft.add(_named(node, " ".join("".join(node.itertext()).split())))
        return
    if (text := (node.text or "").strip()) or node.attrib:
        draft.add(_named(node, text))
    records = [child for child in children if _is_record(child)]
    names = dict.fromkeys(name for child in records for name, _ in _fields(child))
    if len(records) == len(children) > 1 and len({child.tag for child in children}) == 1 and len(names) <= _MAX_COLUMNS:
        for child in children:
            fields: dict[str, str] = {}
            for name, value in _fields(child):
                fields[name] = f"{fields[name]}; {value}" if name in fields else value
            draft.add_row(list(names), [fields.get(name, "") for name in names])
        return
    for child in children:
        if len(child) and level <= _SECTION_LEVELS:
            draft.add(_name(child), "heading", level)
            _section(draft, child, level + 1)
        else:
            draft.add("\n".join(_lines(child, 0)))


def _lines(node: Any, depth: int) -> list[str]:
    text = " ".join((node.text or "").split())
    lines = ["  " * depth + _named(node, text)] if text or node.attrib or len(node) else []
    for child in node if depth < _MAX_DEPTH else ():
        if isinstance(child.tag, str):
            lines += _lines(child, depth + 1)
        if tail := " ".join((child.tail or "").split()):
            lines.append("  " * (depth + 1) + tail)
    return lines


def _is_record(node: Any) -> bool:
    return (len(node) > 0 or bool(node.attrib)) and not any(len(child) for child in node)


def _fields(record: Any) -> list[tuple[str, str]]:
    own = [(etree.QName(name).localname, value) for name, value in record.attrib.items()]
    inner = [(_name(child), " ".join((child.text or "").split())) for child in record if isinstance(child.tag, str)]
    rest = [("", text)] if (text := (record.text or "").strip()) else []
    return own + inner + rest


def _named(node: Any, text: str) -> str:
    marks = " ".join(f"{etree.QName(name).localname}={value}" for name, value in node.attrib.items())
    shown = f"{_name(node)} ({marks})" if marks else _name(node)
    return f"{shown}: {text}" if text else shown if marks else ""


def _name(node: Any) -> str:
    return str(etree.QName(node).localname)
