"""What is taken out of parsed text before it is cut. Pure: blocks in, blocks out; code stays as it is.

Blocks go through one by one, but for those from the first page on: which lines run over pages, all pages tell.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from apps.knowledge.processing import Cleaning
from workflows.documents.blocks import Block, row_text

# A joiner inside emoji and Indic words (U+200D) is none of them.
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_ODD_SPACES = re.compile("[\u00a0\u2007\u202f]")
# Radicals and ligatures that stand for characters: what PDF files give for Chinese and for `fi`.
_LOOK_ALIKES = re.compile("[\u2e80-\u2fdf\ufb00-\ufb06]+")
_BLANKS = re.compile("[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]{2,}")
_EMPTY_LINES = re.compile(r"\n[ \t\u3000]*(?:\n[ \t\u3000]*){2,}")
_EMAIL = re.compile(r"\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
# A Markdown image (kept), a Markdown link (its text is kept), an address.
_ADDRESS = re.compile(
    r"(?P<image>!\[[^\]\n]{0,500}\]\([^)\s]{1,2000}\))"
    r"|\[(?P<label>[^\]\n]{1,500})\]\((?:https?://|mailto:)[^)\s]{1,2000}\)"
    r"|<?(?<![a-zA-Z])(?:https?|ftp)://[!#-&(-;=?-~]{0,2000}[\w/=&#%~+-]>?",
    re.ASCII,
)
_DIGITS = re.compile(r"\d+")
_MIN_PAGES = 4
_EDGE = 2
_RUNNING_CHARS = 120


def clean(blocks: Iterable[Block], rules: Cleaning) -> Iterator[Block]:
    kept = _without_running(blocks) if rules.drop_repeated_lines else iter(blocks)
    steps = [step for wanted, step in _STEPS if wanted(rules)]
    if not steps:
        return kept

    def apply(text: str) -> str:
        for step in steps:
            text = step(text)
        return text.strip()

    cleaned = (_cleaned(block, apply) for block in kept)
    return (block for block in cleaned if block.text.strip())


def normalised(text: str) -> str:
    """Composed characters, plain spaces, and characters instead of those that only look like them."""
    if text.isascii():
        return text
    text = _ODD_SPACES.sub(" ", _INVISIBLE.sub("", text))
    text = _LOOK_ALIKES.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    return unicodedata.normalize("NFC", text)


def collapsed(text: str) -> str:
    """One blank for many, and at most one empty line."""
    return _BLANKS.sub(" ", _EMPTY_LINES.sub("\n\n", text))


def without_addresses(text: str) -> str:
    """Without URLs and e-mail addresses; Markdown images stay, and so do the texts of links."""
    return _EMAIL.sub("", _ADDRESS.sub(lambda match: match["image"] or match["label"] or "", text))


_STEPS: list[tuple[Callable[[Cleaning], bool], Callable[[str], str]]] = [
    (lambda rules: rules.normalise, normalised),
    (lambda rules: rules.remove_urls, without_addresses),
    (lambda rules: rules.collapse_spaces, collapsed),
]


def _cleaned(block: Block, apply: Callable[[str], str]) -> Block:
    if block.kind == "code":
        return block
    if block.kind == "row" and block.cells:
        headers, cells = tuple(map(apply, block.headers)), tuple(map(apply, block.cells))
        if (headers, cells) == (block.headers, block.cells):
            return block
        return replace(block, text=row_text(headers, cells), headers=headers, cells=cells)
    text = apply(block.text)
    return block if text == block.text else replace(block, text=text)


def _without_running(blocks: Iterable[Block]) -> Iterator[Block]:
    """Without short lines that stand, but for their numbers, first or last on more than half of the pages."""
    coming = iter(blocks)
    for block in coming:
        if block.page is not None:
            yield from _of_pages([block, *coming])
            return
        yield block


def _of_pages(blocks: Sequence[Block]) -> Iterable[Block]:
    pages: dict[int, list[Block]] = defaultdict(list)
    for block in blocks:
        if block.page is not None:
            pages[block.page].append(block)
    if len(pages) < _MIN_PAGES:
        return blocks
    counts = Counter(shape for page in pages.values() for shape in {_shape(block) for block in _edges(page)})
    running = {shape for shape, count in counts.items() if shape and count > len(pages) / 2}
    dropped = {id(block) for page in pages.values() for block in _edges(page) if _shape(block) in running}
    return (block for block in blocks if id(block) not in dropped)


def _edges(page: list[Block]) -> list[Block]:
    # a page of few blocks has no edges of two: what stands between would be none
    edge = _EDGE if len(page) > 2 * _EDGE else min(1, len(page) - 1)
    return [*page[:edge], *page[len(page) - edge :]]


def _shape(block: Block) -> str:
    """What tells a running line; "" for what is none: long texts, and rows, whose totals may repeat."""
    if block.kind not in ("text", "caption", "heading") or len(block.text) > _RUNNING_CHARS:
        return ""
    return _DIGITS.sub("#", " ".join(block.text.split()))
