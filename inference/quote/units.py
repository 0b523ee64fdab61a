"""Cuts a passage into what may be quoted: sentences, list items, table rows, code.

Knows Markdown's surface; nothing of questions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from inference.quote.passages import Passage

MAX_GROUP_CHARS = 600
MAX_GROUP_LINES = 12
MAX_HEADING_CHARS = 60
_END_MARKS = tuple(".!?:;,。！？：；，…\"'”’）)`*")

_FENCE = re.compile(r"^\s*(```+|~~~+)")
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s+(.*?)\s*#*\s*$")
_ITEM = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)、]|[（(]\d{1,2}[)）])\s+(?=\S)|^\s*\d{1,2}、(?=\S)")
_TABLE = re.compile(r"^\s*\|.*\|\s*$|^[^|]+(?: \|(?: [^|]*)?){2,}$")
_TABLE_RULE = re.compile(r"^\s*\|[\s:|-]+\|\s*$")
_RULE = re.compile(r"^\s*(?:-{3,}|\*{3,}|_{3,}|={3,})\s*$")
_HAN_BREAK = re.compile(
    r"(?<=[\u3000-\u303f\u3400-\u9fff\uff00-\uffef])\s*\n\s*(?=[\u3000-\u303f\u3400-\u9fff\uff00-\uffef])"
)
_BREAK = re.compile(r"\s*\n\s*")
_SENTENCE_END = re.compile(r"[。！？!?]+[”’」』）)\"']*|\.+[”’\")\]]*(?=\s)|；")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|Mr|Mrs|Ms|Dr|Prof|St|Fig|Inc|Ltd|Jr|Sr|approx|al|Eq|Sec|vol|pp?|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)"
    r"|\b[A-Z](?:\.[A-Z])*)\.$"
)


@dataclass(frozen=True, slots=True)
class Unit:
    """Something quotable. `context` is what it stands under: title, headings, the line that introduces a list, the
    heads of a table's columns. `header` is the row that a table's row is shown under.
    """

    number: int
    position: int
    text: str
    context: str
    header: str = ""


@dataclass(frozen=True, slots=True)
class _Block:
    kind: str
    lines: tuple[str, ...]


def units_of(passage: Passage) -> list[Unit]:
    """Everything in `passage` that may be quoted, in reading order."""
    found: list[tuple[str, str, str]] = []
    heading = lead = ""
    blocks = list(_blocks(passage.content))
    for at, block in enumerate(blocks):
        following = blocks[at + 1] if at + 1 < len(blocks) else None
        above = " ".join(part for part in (passage.title, heading) if part)
        if block.kind == "heading":
            heading, lead = block.lines[0], ""
        elif block.kind == "paragraph" and following is not None and _is_bare_heading(block):
            heading, lead = block.lines[0].strip(), ""
        elif block.kind == "paragraph":
            sentences = split_sentences(_unwrap(block.lines))
            lead = sentences[-1] if sentences[-1].endswith((":", "：")) else ""
            found += [(text, above, "") for text in _led(sentences, lead, following)]
        elif block.kind == "table":
            header, rows = _rows(block)
            found += [(row, " ".join(part for part in (above, lead, header) if part), header) for row in rows]
            lead = ""
        else:
            grouped = bool(lead) and _group(lead, block) is not None
            if not (grouped and block.kind == "code"):
                found += [(text, above if grouped else f"{above} {lead}".strip(), "") for text in _parts(block)]
            lead = ""
    return [Unit(passage.number, at, text, context, header) for at, (text, context, header) in enumerate(found)]


def _rows(block: _Block) -> tuple[str, list[str]]:
    """A table's head, "" where its rows name their columns themselves, and its rows."""
    rows = [line.strip().strip("|").strip() for line in block.lines]
    names_itself = all(re.search(r"[:：]", cell) for cell in rows[0].split(" | "))
    return ("", rows) if len(rows) == 1 or names_itself else (rows[0], rows[1:])


def _is_bare_heading(block: _Block) -> bool:
    """A short line of its own without an end mark: what is left of a heading when a parser drops its marks."""
    line = block.lines[0].strip()
    return len(block.lines) == 1 and len(line) <= MAX_HEADING_CHARS and line[-1:] not in _END_MARKS


def split_sentences(text: str) -> list[str]:
    """Sentences of running text, each with its own end mark, none lost."""
    sentences: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        end = match.end()
        piece = text[start:end]
        if match[0].startswith(".") and (_ABBREVIATION.search(piece) or _is_numbering(piece, text[end:])):
            continue
        if match[0][0] in "!?" and end < len(text) and not text[end].isspace() and text[end].isascii():
            continue
        sentences.append(piece.strip())
        start = end
    sentences.append(text[start:].strip())
    return [sentence for sentence in sentences if sentence]


def _is_numbering(piece: str, rest: str) -> bool:
    """ "12. First" and "No. 5": the full stop belongs to a number, not to a sentence."""
    return re.fullmatch(r"\s*\d+\.", piece) is not None or (piece.endswith("No.") and rest.lstrip()[:1].isdigit())


def _led(sentences: list[str], lead: str, following: _Block | None) -> list[str]:
    """The sentences of a paragraph, the last one joined by the list or code it introduces."""
    group = _group(lead, following) if lead else None
    return [*sentences[:-1], group] if group else sentences


def _parts(block: _Block) -> list[str]:
    if block.kind == "list":
        return [sentence for item in block.lines for sentence in _item_sentences(item)]
    return ["\n".join(block.lines)]


def _item_sentences(item: str) -> list[str]:
    """A short item is quoted whole, a long one by its sentences."""
    text = _unwrap(tuple(item.split("\n")))
    return [text] if len(text) <= 240 else split_sentences(text)


def _group(lead: str, block: _Block | None) -> str | None:
    """A line that introduces a short list or some code, together with it: neither says much alone."""
    if block is None or block.kind not in ("list", "code"):
        return None
    body = (
        "\n".join(f"- {_unwrap(tuple(line.split(chr(10))))}" for line in block.lines)
        if block.kind == "list"
        else "\n".join(block.lines)
    )
    if len(body) > MAX_GROUP_CHARS or body.count("\n") >= MAX_GROUP_LINES:
        return None
    return f"{lead}\n{body}"


def _unwrap(lines: tuple[str, ...]) -> str:
    """One line from lines wrapped by an editor or a PDF: no space is put between Chinese characters."""
    return _BREAK.sub(" ", _HAN_BREAK.sub("", "\n".join(line.strip() for line in lines)))


def _blocks(content: str) -> Iterator[_Block]:
    lines = content.splitlines()
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.strip() or _RULE.match(line):
            at += 1
        elif fence := _FENCE.match(line):
            end = next((k for k in range(at + 1, len(lines)) if lines[k].strip().startswith(fence[1])), len(lines) - 1)
            yield _Block("code", tuple(lines[at : end + 1]))
            at = end + 1
        elif heading := _HEADING.match(line):
            yield _Block("heading", (heading[1],))
            at += 1
        elif _TABLE.match(line):
            end = _run(lines, at, _TABLE)
            yield _Block("table", tuple(row for row in lines[at:end] if not _TABLE_RULE.match(row)))
            at = end
        elif _ITEM.match(line):
            end, items = _items(lines, at)
            yield _Block("list", tuple(items))
            at = end
        else:
            end = at + 1
            while end < len(lines) and lines[end].strip() and not _starts_block(lines[end]):
                end += 1
            yield _Block("paragraph", tuple(lines[at:end]))
            at = end


def _starts_block(line: str) -> bool:
    return any(pattern.match(line) for pattern in (_FENCE, _HEADING, _TABLE, _ITEM, _RULE))


def _run(lines: list[str], at: int, pattern: re.Pattern[str]) -> int:
    while at < len(lines) and pattern.match(lines[at]):
        at += 1
    return at


def _items(lines: list[str], at: int) -> tuple[int, list[str]]:
    """List items from line `at` on, markers taken off, continuation lines kept with their item."""
    items: list[str] = []
    while at < len(lines):
        line = lines[at]
        if marker := _ITEM.match(line):
            items.append(line[marker.end() :].rstrip())
        elif not line.strip():
            if at + 1 >= len(lines) or not _ITEM.match(lines[at + 1]):
                break
        elif _starts_block(line) or (line[:1].strip() and not lines[at - 1].strip()):
            break
        else:
            items[-1] += "\n" + line.strip()
        at += 1
    return at, items
