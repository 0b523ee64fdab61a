"""Questions with their answers: rows of tables, texts with marks such as `Q:` and `A:`, and headings that ask.

A document without any is read by a model, where the caller gives one: `ask` is told a passage and gives its pairs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from apps.knowledge.chunking.flow import Path, boxes_of, page_of
from apps.knowledge.chunking.shapes import Chunked, Draft
from apps.knowledge.chunking.structure import structure
from apps.knowledge.processing import SIZE, Pairs
from workflows.documents.blocks import Block


class Pair(NamedTuple):
    question: str
    answer: str


Ask = Callable[[Draft], Sequence[Pair]]

_QUESTION_NAMES = {"question", "questions", "q", "问题", "問題", "问", "問", "提问", "提問", "标准问题", "標準問題"}
_ANSWER_NAMES = {"answer", "answers", "a", "reply", "答案", "回答", "答", "答复", "答覆", "回复", "回覆", "解答"}
_KEYWORD_NAMES = {"keyword", "keywords", "关键词", "關鍵詞", "关键字", "關鍵字"}
_MARK = r"^\s*(?:[-*+]\s+)?(?:\*\*|__)?(?:{})\s*\d{{0,4}}\s*(?:\*\*|__)?\s*[:：](?:\*\*|__)?[ \t]*"
_QUESTION_MARK = re.compile(_MARK.format("Question|Q|问题|問題|问|問"), re.I)
_ANSWER_MARK = re.compile(_MARK.format("Answer|A|答案|回答|答"), re.I)
_MAX_KEYWORDS, _MAX_KEYWORD = 20, 100


@dataclass(slots=True)
class _Found:
    """A pair on its way, with the blocks it comes from."""

    question: list[str]
    headings: list[str]
    blocks: list[Block]
    answer: list[str] = field(default_factory=list)
    is_answered: bool = False
    keywords: list[str] = field(default_factory=list)

    def take(self, line: str, block: Block) -> None:
        (self.answer if self.is_answered else self.question).append(line)
        if self.blocks[-1] is not block:
            self.blocks.append(block)


def pairs(blocks: Sequence[Block], rule: Pairs, ask: Ask | None = None) -> Chunked:
    found = [*_from_rows(blocks, rule), *_from_text(blocks)]
    if found or ask is None:
        return _written(found)
    passages = structure(blocks, SIZE)
    made = [_made(passage, pair) for passage in passages.chunks for pair in ask(passage)]
    return Chunked(passages.text, made)


def _written(found: Sequence[_Found]) -> Chunked:
    parts: list[str] = []
    chunks: list[Draft] = []
    length = 0
    for each in found:
        question, answer = "\n".join(each.question).strip(), "\n".join(each.answer).strip()
        if not question or not answer:
            continue
        before = "\n\n" if parts else ""
        start = length + len(before)
        parts.append(f"{before}{question}\n{answer}")
        length += len(parts[-1])
        chunks.append(
            Draft(
                "pair", question, start, start + len(question), each.headings, page_of(each.blocks),
                boxes_of(each.blocks), answer, keywords=each.keywords,
            )
        )  # fmt: skip
    return Chunked("".join(parts), chunks)


def _made(passage: Draft, pair: Pair) -> Draft:
    """A pair that stands nowhere in the document, with the place of the passage it was made from."""
    return Draft("pair", pair.question, None, None, passage.headings, passage.page, passage.boxes, pair.answer)


def _from_rows(blocks: Sequence[Block], rule: Pairs) -> Iterator[_Found]:
    path, headings = Path(), list[str]()
    for block in blocks:
        if block.kind == "heading":
            headings = path.enter(block)
        elif block.kind == "row" and (columns := _columns(block, rule)):
            question, answer = (block.cells[each] for each in columns)
            found = _Found([question], headings, [block], [answer], is_answered=True)
            found.keywords = _keywords(block)
            yield found


def _columns(block: Block, rule: Pairs) -> tuple[int, int] | None:
    """The two columns that are named in the settings; else those that are called so; else the first two."""
    names = [each.strip().casefold() for each in block.headers]
    wanted = (rule.question_column.strip().casefold(), rule.answer_column.strip().casefold())
    if all(wanted):
        chosen = [names.index(each) for each in wanted if each in names]
    else:
        asked = (_QUESTION_NAMES, _ANSWER_NAMES)
        chosen = [next(i for i, name in enumerate(names) if name in known) for known in asked if known & set(names)]
        chosen = chosen if len(chosen) == 2 else [0, 1]
    if len(chosen) < 2 or max(chosen) >= len(block.cells):
        return None
    return chosen[0], chosen[1]


def _keywords(block: Block) -> list[str]:
    for name, cell in zip(block.headers, block.cells, strict=False):
        if name.strip().casefold() in _KEYWORD_NAMES:
            words = [each.strip()[:_MAX_KEYWORD] for each in re.split(r"[,，;；、|]", cell)]
            return [each for each in words if each][:_MAX_KEYWORDS]
    return []


def _from_text(blocks: Sequence[Block]) -> Iterator[_Found]:
    path, headings = Path(), list[str]()
    current: _Found | None = None
    for block in blocks:
        if block.kind == "row":
            continue
        asks = _QUESTION_MARK.match(block.text) or block.text.rstrip().endswith(("?", "？"))
        if block.kind == "heading":
            if current is not None:
                yield current
            current = None
            above = headings = path.enter(block)
            if asks:
                question = _QUESTION_MARK.sub("", block.text, count=1)
                current = _Found([question], above[:-1], [block], is_answered=True)
            continue
        for line in block.text.split("\n"):
            if mark := _QUESTION_MARK.match(line):
                if current is not None:
                    yield current
                current = _Found([line[mark.end() :]], headings, [block])
            elif current is not None and (mark := _ANSWER_MARK.match(line)):
                current.is_answered = True
                current.take(line[mark.end() :], block)
            elif current is not None:
                current.take(line, block)
    if current is not None:
        yield current
