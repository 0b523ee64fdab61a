"""Vectors are remembered: a text is embedded once, a question each time."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from inference.quote.vectors import UnitVectors


class CountingEmbeddings:
    """Two dimensions by the length of a text; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    async def embed(self, texts: list[str]) -> Any:
        self.asked.append(texts)
        vectors = np.array([[1.0, len(text)] for text in texts], dtype=np.float32)
        return type("Embedded", (), {"vectors": vectors})


async def test_a_known_text_is_not_embedded_again() -> None:
    embeddings = CountingEmbeddings()
    vectors = UnitVectors(cast(Any, embeddings))

    first = await vectors.similarities("q", ["aa", "bbb", "aa"])
    second = await vectors.similarities("qq", ["bbb", "c"])

    assert first == [3.0, 4.0, 3.0]
    assert second == [7.0, 3.0]
    assert embeddings.asked == [["q", "aa", "bbb"], ["qq", "c"]]
