"""The lexical leg: BM25 over the terms of chunks, in PostgreSQL, in the transaction that writes the chunks."""

from apps.knowledge.lexical.merging import merge
from apps.knowledge.lexical.searching import Placed, Scored, ids, placed, search
from apps.knowledge.lexical.writing import Entry, add, clear, remove, remove_documents

__all__ = ["Entry", "Placed", "Scored", "add", "clear", "ids", "merge", "placed", "remove", "remove_documents", "search"]
