"""Finds the numbered passages and the question in a conversation. Knows our templates' shape; nothing of scoring."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from inference.request import Turn

_HEADER = re.compile(r"^\[(\d{1,3})\][ \t]+(\S.*?)[ \t]*$")
# Where a prompt puts the passages right behind its own words: `Use these passages: [1] Title`.
_INLINE = re.compile(r"(?<=[:：>])[ \t]*(?=\[1\][ \t]+\S)")
_QUESTION = re.compile(
    r"^[ \t]*(?:#+[ \t]*)?\**(?:(?:the[ \t]+)?(?:user(?:'s)?[ \t]+)?(?:question|query)|(?:用户|我的)?(?:问题|提问))"
    r"\**[ \t]*[:：]\**[ \t]*",
    re.IGNORECASE | re.MULTILINE,
)
_END = re.compile(
    r"^[ \t]*(?:</[\w-]+>|-{3,}|={3,}"
    r"|(?:\**|#+[ \t]*)(?:answer|instructions?|rules?|回答|答案|要求|指令|说明)\**[ \t]*[:：].*)[ \t]*$",
    re.IGNORECASE,
)
_TO_THE_MODEL = re.compile(
    r"\b(?:answer|reply|respond|cite|quote)\b.*\b(?:passages?|context|questions?|sources?|above|below|language)\b"
    r"|^(?:请|你)?(?:根据|依据|基于|只用|仅用|仅根据).*(?:回答|作答)|^请.*(?:回答|作答|引用)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Passage:
    number: int
    title: str
    content: str


@dataclass(frozen=True, slots=True)
class Reading:
    passages: list[Passage]
    question: str


def read(turns: Sequence[Turn]) -> Reading:
    """Take passages from system and user messages, and the question from the last user message."""
    passages: list[Passage] = []
    question = ""
    last_user = max((at for at, turn in enumerate(turns) if turn.role == "user"), default=-1)
    for at, turn in enumerate(turns):
        if turn.role not in ("system", "developer", "user"):
            continue
        text = _with_first_block_on_a_line(turn.content)
        found, asked = _split(text) if at == last_user else (parse_passages(text), "")
        passages += found
        question = asked or question
    return Reading(_distinct(passages), question)


def _with_first_block_on_a_line(text: str) -> str:
    return text if re.search(r"^\[1\][ \t]+\S", text, re.MULTILINE) else _INLINE.sub("\n", text, count=1)


def parse_passages(text: str) -> list[Passage]:
    """Blocks `[n] Title` and the lines under them, counted from 1; a number out of turn is part of the text above
    it.
    """
    lines = text.splitlines()
    starts: list[tuple[int, int, str]] = []
    for at, line in enumerate(lines):
        header = _HEADER.match(line)
        if header and int(header[1]) == len(starts) + 1 and (not starts or not lines[at - 1].strip()):
            starts.append((at, int(header[1]), header[2]))
    if not starts:
        return []
    ends = [at for at, _, _ in starts[1:]] + [_end_of_last(lines, starts[-1][0])]
    return [
        Passage(number, title, "\n".join(lines[at + 1 : end]).strip())
        for (at, number, title), end in zip(starts, ends, strict=True)
    ]


def _split(text: str) -> tuple[list[Passage], str]:
    """Passages and question of one message. Without passages in it, the whole message is the question."""
    marks = list(_QUESTION.finditer(text))
    passages = parse_passages(text[: marks[-1].start()] if marks else text)
    if marks and not passages:
        passages = parse_passages(text[marks[-1].end() :])
    if not passages:
        return [], text.strip()
    if marks:
        asked = text[marks[-1].end() :]
        return passages, _before_header(asked).strip()
    return _split_unmarked(text, passages)


def _split_unmarked(text: str, passages: list[Passage]) -> tuple[list[Passage], str]:
    """No marker: the question is the paragraph that asks, after the last passage or before the first."""
    last = passages[-1]
    body, _, tail = last.content.rpartition("\n\n")
    if body and tail.rstrip().endswith(("?", "？")) and "\n" not in tail.strip():
        return [*passages[:-1], Passage(last.number, last.title, body.strip())], tail.strip()
    before = [part.strip() for part in _before_header(text).split("\n\n") if part.strip()]
    asking = [part for part in before if part.endswith(("?", "？"))]
    return passages, (asking or before or [""])[-1]


def _before_header(text: str) -> str:
    first = re.search(r"^\[1\][ \t]+\S", text, re.MULTILINE)
    return text[: first.start()] if first else text


def _end_of_last(lines: list[str], start: int) -> int:
    """Where the last passage stops: at a closing tag or rule, or before a closing paragraph that instructs the
    model.
    """
    end = next((at for at in range(start + 1, len(lines)) if _END.match(lines[at])), len(lines))
    while end > start + 1:
        while end > start + 1 and not lines[end - 1].strip():
            end -= 1
        top = end
        while top > start + 1 and lines[top - 1].strip():
            top -= 1
        paragraph = " ".join(lines[top:end])
        if top == start + 1 or not _TO_THE_MODEL.search(paragraph):
            break
        end = top
    return end


def _distinct(passages: list[Passage]) -> list[Passage]:
    """The same block may stand in a system message and in an earlier turn; the later one with a number wins."""
    by_number = {passage.number: passage for passage in passages}
    return [by_number[number] for number in sorted(by_number)]
