"""Vectors of what may be quoted, remembered: the same passages are asked again and again.

Knows texts and vectors; knows nothing of questions or scores.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from inference.embedding_service import EmbeddingService

KEPT = 4096
"""Texts whose vectors stay: 6 MB at 384 dimensions."""

Vector = NDArray[np.float32]


class UnitVectors:
    """One per model; used from one event loop. The least recently asked text is forgotten first."""

    def __init__(self, embeddings: EmbeddingService) -> None:
        self._embeddings = embeddings
        self._known: OrderedDict[str, Vector] = OrderedDict()

    async def similarities(self, question: str, texts: Sequence[str]) -> list[float]:
        """Cosine of the question with each text."""
        unknown = [text for text in dict.fromkeys(texts) if text not in self._known]
        vectors = (await self._embeddings.embed([question, *unknown])).vectors
        asked = vectors[0]
        found = {text: self._known[text] for text in texts if text in self._known}
        found |= dict(zip(unknown, vectors[1:], strict=True))
        for text, vector in found.items():
            self._known[text] = vector
            self._known.move_to_end(text)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return [float(found[text] @ asked) for text in texts]
