"""The text of Dify's notes: a Lexical editor's state out of which plain text is read, and into which it is written."""

from __future__ import annotations

import json
from typing import Any

from workflows.dsl.dify.loose import items, mapping, text

_BLOCKS = frozenset(("paragraph", "heading", "quote", "listitem", "code"))
_MAX_NODES = 100_000


def plain(state: Any) -> str:
    """The text of a state, a block a line; a text that is no state stays as it is."""
    if isinstance(state, str):
        return state
    lines: list[str] = []
    pending: list[Any] = [mapping(state).get("root")]
    for _ in range(_MAX_NODES):
        if not pending:
            break
        node = mapping(pending.pop())
        kind = text(node.get("type"))
        if kind in _BLOCKS:
            lines.append("")
        if kind == "linebreak":
            lines.append("")
        elif text(node.get("text")):
            lines = lines or [""]
            lines[-1] += text(node["text"])
        pending += reversed(items(node.get("children")))
    return "\n".join(lines).strip("\n")


def rich(source: str) -> str:
    """A state that holds a text, a paragraph a line."""
    common: dict[str, Any] = {"direction": "ltr", "format": "", "indent": 0, "version": 1}
    paragraphs = [
        {"children": [_word(line)] if line else [], **common, "type": "paragraph"} for line in source.split("\n")
    ]
    return json.dumps({"root": {"children": paragraphs, **common, "type": "root"}}, ensure_ascii=False)


def _word(line: str) -> dict[str, Any]:
    return {"detail": 0, "format": 0, "mode": "normal", "style": "", "text": line, "type": "text", "version": 1}
