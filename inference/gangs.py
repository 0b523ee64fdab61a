"""Which rows of a step begin with the same pages, so that attention can read those once for all of them.

Looked for among siblings of a gang alone: they are told of, and comparing everybody with everybody at each step is not
free. A wrong hint groups nobody, because pages decide. Knows no tensor.
"""

from __future__ import annotations

from inference.sequence import Chunk, Group

_LEAST_SAVED = 4096
"""Tokens of which the reading must be saved: as long as reading so many take the further kernels of all layers, at 36
layers, three kernels and 1.5 microseconds for each."""


def gathered(chunks: list[Chunk], page_size: int) -> tuple[tuple[Chunk, ...], tuple[Group, ...]]:
    """The chunks, siblings that decode beside the first of them, and which neighbours share their beginning."""
    gangs: dict[str, list[Chunk]] = {}
    for chunk in chunks:
        name = chunk.sequence.params.hints.siblings
        if name and chunk.is_decode:
            gangs.setdefault(name, []).append(chunk)
    ordered: list[Chunk] = []
    groups: list[Group] = []
    for chunk in chunks:
        gang = gangs.get(chunk.sequence.params.hints.siblings, []) if chunk.is_decode else []
        if not gang:
            ordered.append(chunk)
        elif gang[0] is chunk:
            n_tokens = _shared_pages(gang) * page_size
            if (len(gang) - 1) * n_tokens >= _LEAST_SAVED:
                groups.append(Group(len(ordered), len(gang), n_tokens))
            ordered += gang
    return tuple(ordered), tuple(groups)


def _shared_pages(gang: list[Chunk]) -> int:
    """Pages that all begin with. What several hold is full, and none of them writes there."""
    tables = [chunk.sequence.table.pages for chunk in gang]
    first, last = min(tables), max(tables)
    # what the lowest and the highest list have in common, those between them have too
    return next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
