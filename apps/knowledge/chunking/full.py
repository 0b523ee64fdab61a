"""The whole document as one chunk, for short texts that only make sense whole."""

from __future__ import annotations

from collections.abc import Iterable

from apps.knowledge.chunking.flow import flow
from apps.knowledge.chunking.shapes import Chunked
from apps.knowledge.chunking.sizes import cut
from workflows.documents.blocks import Block

# No model reads more at once, and no page shows it well.
MAX_UNITS = 200_000


def full(blocks: Iterable[Block]) -> Chunked:
    whole = flow(blocks)
    return Chunked(
        whole.text, [whole.draft("passage", *place) for place in cut(whole.text, 0, len(whole.text), MAX_UNITS)]
    )
