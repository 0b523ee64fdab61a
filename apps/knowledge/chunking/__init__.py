"""A document's blocks to its chunks. Pure: no database, no network, no model but the one that a caller hands in.

Whatever the mode, `text[start:end] == content` for every chunk that has a place, so that it can be shown where it
stands and recognised when the document is read again.
"""

from __future__ import annotations

from collections.abc import Iterable

from apps.knowledge.chunking.full import full
from apps.knowledge.chunking.pairs import Ask, Pair, pairs
from apps.knowledge.chunking.parent_child import parent_child
from apps.knowledge.chunking.separator import separator
from apps.knowledge.chunking.shapes import Chunked, Draft, PageBox
from apps.knowledge.chunking.structure import structure
from apps.knowledge.chunking.windows import windows
from apps.knowledge.cleaning import clean
from apps.knowledge.processing import Fixed, Full, Pairs, ParentChild, Processing, Separator, Structure
from workflows.documents.blocks import Block

__all__ = ["Ask", "Chunked", "Draft", "PageBox", "Pair", "chunk"]


def chunk(blocks: Iterable[Block], processing: Processing, ask: Ask | None = None) -> Chunked:
    """Clean the blocks and cut them as the settings say. They are walked once, and not kept longer than is needed.

    `ask` makes question-answer pairs of a passage where the mode is `qa` and the document holds none.
    """
    kept = clean(blocks, processing.cleaning)
    match processing.chunker:
        case Structure(size=size):
            return structure(kept, size)
        case Fixed(size=size, overlap=overlap):
            return windows(kept, size, overlap)
        case Separator() as rule:
            return separator(kept, rule)
        case ParentChild() as rule:
            return parent_child(kept, rule)
        case Pairs() as rule:
            return pairs(list(kept), rule, ask)
        case Full():
            return full(kept)
