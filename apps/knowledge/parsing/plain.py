"""Plain text and Markdown."""

from __future__ import annotations

import re

from workflows.documents.blocks import Block, Draft
from workflows.documents.encoding import decode

_BLANK = re.compile(r"\n[ \t\u3000]*\n+")
_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.+?)\s*#*\s*$")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-{2,})\s*$")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_RULE_ROW = re.compile(r"^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$")
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.S)
_LIST_ITEM = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
# A line that ends a paragraph in text where nobody left blank lines.
_LINE_CHARS = 2000


def parse_text(data: bytes) -> list[Block]:
    """Paragraphs are parted by blank lines; in a text without any, every line is one."""
    text = decode(data).replace("\r\n", "\n").replace("\r", "\n")
    draft = Draft()
    for part in _BLANK.split(text):
        if len(part) > _LINE_CHARS and "\n" in part:
            for line in part.split("\n"):
                draft.add(line)
        else:
            draft.add(part)
    return draft.blocks


def parse_markdown(data: bytes) -> list[Block]:
    """Headings, fenced code, tables and paragraphs; inline marks stay as they are."""
    text = _FRONT_MATTER.sub("", decode(data).replace("\r\n", "\n").replace("\r", "\n"), count=1)
    draft = Draft()
    lines = text.split("\n")
    paragraph: list[str] = []

    def flush() -> None:
        draft.add("\n".join(paragraph))
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
            draft.add(heading[2], "heading", len(heading[1]))
        elif paragraph and not _is_row(paragraph[-1]) and (under := _UNDERLINE.match(line)):
            title = paragraph.pop()
            flush()
            draft.add(title, "heading", 1 if under[1].startswith("=") else 2)
        elif _is_row(line) and index + 1 < len(lines) and _RULE_ROW.match(lines[index + 1]):
            flush()
            end = _table_end(lines, index)
            draft.add_table([_cells(row) for row in (line, *lines[index + 2 : end])])
            index = end - 1
        elif not line.strip():
            flush()
        else:
            if _LIST_ITEM.match(line) and sum(map(len, paragraph)) > _LINE_CHARS:
                flush()
            paragraph.append(line)
        index += 1
    flush()
    return draft.blocks


def _fence_end(lines: list[str], start: int, fence: str) -> int:
    for index in range(start + 1, len(lines)):
        if lines[index].strip().startswith(fence) and not lines[index].strip().strip(fence[0]):
            return index
    return len(lines)


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
