"""What a document's chunks would be, before anything is indexed."""

from apps.knowledge.preview.service import DEFAULT_CHUNKS, MAX_CHUNKS, MAX_TEXT_CHARS, preview
from apps.knowledge.preview.source import Source

__all__ = ["DEFAULT_CHUNKS", "MAX_CHUNKS", "MAX_TEXT_CHARS", "Source", "preview"]
