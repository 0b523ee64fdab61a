"""A passage together with its neighbours, as one text at one place. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from apps.knowledge.search.found import Place
from apps.knowledge.search.rows import Passage

# What lies between two passages and is no longer than this is white space.
_WHITE = 4


def widened(passage: Passage, near: Sequence[Passage]) -> tuple[str, Place]:
    """`near` in the document's order, the passage among them. What two of them share, as overlapping chunks do, comes
    once. The place reaches from the first to the last where the text in between is all theirs but for white space, so
    that offsets in the whole lead to the right place in the document; else it has no offsets.
    """
    text, end, is_whole = "", near[0].place.start, True
    for each in near:
        start = each.place.start
        if start is None or end is None or start - end > _WHITE or each.place.end is None:
            is_whole = False
            text += ("\n" if text else "") + each.content
        else:
            text += "\n" * (start - end) + each.content[max(0, end - start) :]
        end = max(end or 0, each.place.end) if each.place.end is not None else None
    place = replace(
        passage.place,
        boxes=[box for each in near for box in each.place.boxes],
        start=near[0].place.start if is_whole else None,
        end=end if is_whole else None,
    )
    return text, place
