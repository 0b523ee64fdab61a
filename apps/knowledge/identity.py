"""What a chunk is known by when its document is read again. Pure.

The id follows from document, kind, text and how often that text came before, so the same text keeps its id. Whether its
vector still stands for it, `text_hash` says: headings and keywords are part of what is searched.
"""

from __future__ import annotations

import hashlib
import unicodedata
import uuid
from collections import Counter
from uuid import UUID

from apps.knowledge.index import searched_text
from apps.knowledge.models import Chunk


class Identities:
    """Gives the chunks of one document their ids, in the document's order."""

    def __init__(self, document_id: UUID) -> None:
        self._document_id = document_id
        self._seen: Counter[tuple[str, str]] = Counter()

    def next(self, kind: str, text: str) -> UUID:
        """Spaces and line ends are not what makes a text another one."""
        normal = " ".join(unicodedata.normalize("NFC", text).split())
        self._seen[kind, normal] += 1
        return uuid.uuid5(self._document_id, f"{kind}\n{self._seen[kind, normal]}\n{normal}")


def text_hash(chunk: Chunk) -> str:
    return hashlib.sha256(searched_text(chunk).encode()).hexdigest()
