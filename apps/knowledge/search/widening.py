"""A passage together with its neighbours, as one text at one place. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from apps.knowledge.search.found import Place
from apps.knowledge.search.rows import Passage


def widened(passage: Passage, near: Sequence[Passage]) -> tuple[str, Place]:
    """`near` in the document's order, the passage among them. What two of them share, as overlapping chunks do, comes
    once; the place reaches from the first to the last."""
    text = ""
    end: int | None = None
    for each in near:
        start = each.place.start
        if end is not None and start is not None and start <= end:
            text += each.content[end - start :]
        else:
            text += ("\n" if text else "") + each.content
        end = max(end or 0, each.place.end) if each.place.end is not None else None
    starts, ends = [each.place.start for each in near], [each.place.end for each in near]
    whole = None not in starts and None not in ends
    place = replace(
        passage.place,
        boxes=[box for each in near for box in each.place.boxes],
        start=min(each for each in starts if each is not None) if whole else passage.place.start,
        end=max(each for each in ends if each is not None) if whole else passage.place.end,
    )
    return text, place
