"""Markdown: headings, fenced code, tables, lists and paragraphs; inline marks stay as they are."""

from __future__ import annotations

import re

from workflows.documents.blocks import Draft, Kind
from workflows.documents.grid import add_table
from workflows.documents.parsed import Parsed
from workflows.documents.plain import lines_of

_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.+?)\s*#*\s*$")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-{2,})\s*$")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_RULE_ROW = re.compile(r"^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n(?:---|\.\.\.)\n", re.S)
_TITLE = re.compile(r"^title:[ \t]*[\"']?(.+?)[\"']?[ \t]*$", re.M)
_LIST_ITEM = re.compile(r"^\s*(?:[-*+]|\d{1,9}[.)])\s+")
_COMMENT = re.compile(r"<!--.*?-->", re.S)
# A list longer than this is cut between its items.
_LIST_CHARS = 2000


def parse(data: bytes) -> Parsed:
    text = lines_of(data)
    front = _FRONT_MATTER.match(text)
    title = _TITLE.search(front[1]) if front else None
    draft = Draft()
    add(draft, text[front.end() :] if front else text)
    return Parsed(draft.blocks, title=title[1] if title else "")


def add(draft: Draft, text: str, shift: int = 0) -> None:
    """The blocks of a Markdown text; `shift` moves its headings down where it is part of something larger."""
    lines = text.split("\n")
    paragraph: list[str] = []

    def flush() -> None:
        kind: Kind = "list" if paragraph and _LIST_ITEM.match(paragraph[0]) else "text"
        draft.add(_COMMENT.sub("", "\n".join(paragraph)), kind)
        paragraph.clear()

    index = 0
    while index < len(lines):
        line = lines[index]
        if fence := _FENCE.match(line):
            flush()
            end = _fence_end(lines, index, fence[1])
            draft.add("\n".join(lines[index + 1 : end]), "code")
            index = end
        elif heading := _HEADING.match(line):
            flush()
            draft.add(heading[2], "heading", len(heading[1]) + shift)
        elif len(paragraph) == 1 and not _is_row(paragraph[0]) and (under := _UNDERLINE.match(line)):
            title = paragraph.pop()
            draft.add(title, "heading", (1 if under[1].startswith("=") else 2) + shift)
        elif _is_row(line) and index + 1 < len(lines) and _is_rule(lines[index + 1]):
            flush()
            end = _table_end(lines, index)
            add_table(draft, [_cells(row) for row in (line, *lines[index + 2 : end])], marked=1)
            index = end - 1
        elif not line.strip():
            flush()
        else:
            if paragraph and _LIST_ITEM.match(line):
                starts_list = not _LIST_ITEM.match(paragraph[0])
                if starts_list or sum(map(len, paragraph)) > _LIST_CHARS:
                    flush()
            paragraph.append(line)
        index += 1
    flush()


def _fence_end(lines: list[str], start: int, fence: str) -> int:
    for index in range(start + 1, len(lines)):
        if lines[index].strip().startswith(fence) and not lines[index].strip().strip(fence[0]):
            return index
    return len(lines)


def _is_rule(line: str) -> bool:
    return len(line) < 2000 and "-" in line and _RULE_ROW.match(line) is not None


def _is_row(line: str) -> bool:
    return "|" in line.strip()


def _table_end(lines: list[str], start: int) -> int:
    end = start + 2
    while end < len(lines) and _is_row(lines[end]):
        end += 1
    return end


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    return [cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", inner)]
