"""Small chunks to be found and larger ones around them to be shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from apps.knowledge.chunking.flow import Flow, flow
from apps.knowledge.chunking.full import full
from apps.knowledge.chunking.sentences import sentences
from apps.knowledge.chunking.separator import places
from apps.knowledge.chunking.shapes import Chunked, Draft
from apps.knowledge.chunking.sizes import cut, measure
from apps.knowledge.chunking.structure import structure
from apps.knowledge.processing import ParentChild
from workflows.documents.blocks import Block


def parent_child(blocks: Iterable[Block], rule: ParentChild) -> Chunked:
    whole = flow(blocks)
    found: list[Draft] = []
    for parent in _parents(whole, rule):
        index = len(found)
        found.append(parent)
        found += [
            whole.draft("child", start, end, parent_index=index) for start, end in _children(whole.text, parent, rule)
        ]
    return Chunked(whole.text, found)


def _parents(whole: Flow, rule: ParentChild) -> Sequence[Draft]:
    match rule.parent:
        case "section":
            # without repeated headers its text is that of the flow, and so are its places
            return structure(whole.blocks, rule.parent_size, kind="parent", tables=False).chunks
        case "paragraph":
            found = places(whole.text, 0, len(whole.text), rule.paragraph)
            return [whole.draft("parent", *place) for place in found]
        case "full":
            return [replace(each, kind="parent") for each in full(whole.blocks).chunks]


def _children(text: str, parent: Draft, rule: ParentChild) -> Iterator[tuple[int, int]]:
    assert parent.start is not None
    assert parent.end is not None
    if rule.child is not None:
        return places(text, parent.start, parent.end, rule.child)
    return _packed(text, parent.start, parent.end, rule.child_size)


def _packed(text: str, start: int, end: int, size: int) -> Iterator[tuple[int, int]]:
    """Whole sentences, as many as fit; a sentence that is longer than a child is cut."""
    first = last = start
    filled = 0.0
    for left, right in sentences(text, start, end):
        for low, high in cut(text, left, right, size):
            more = measure(text[last:high]) if filled else 0.0
            if filled and filled + more > size:
                yield first, last
                filled = 0.0
            if not filled:
                first, more = low, measure(text[low:high])
            filled += more
            last = high
    if filled:
        yield first, last
