"""The one search over datasets: the retrieval test, the retrieval node, the APIs and tools all ask here."""

from apps.knowledge.search.found import Found, Funnel, Hit, Place, Request
from apps.knowledge.search.searching import search, search_async
from apps.knowledge.search.settings import MAX_TOP_K, Retrieval
from apps.knowledge.search.why import Why, why_not, why_not_async

__all__ = [
    "MAX_TOP_K",
    "Found",
    "Funnel",
    "Hit",
    "Place",
    "Request",
    "Retrieval",
    "Why",
    "search",
    "search_async",
    "why_not",
    "why_not_async",
]
