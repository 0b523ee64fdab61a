"""What a hit's score means, in one place.

Legs are ordered by raw scores, which compare within one question alone: a BM25 score has no upper bound, and a fused
one is a share of the best of its leg. So that a threshold means the same for every question, the shown score is

    score = (a passage's rank score / the best rank score) * strength

where `strength` is the strongest evidence that the question has any answer here, from 0 to 1: the cosine of the
nearest passage, or the share of the question's terms that one of the lexical leg's first passages has. For each method:

    cosine      vector search: the cosine of question and passage
    terms       lexical search: BM25, as a share of the best, times the strength by terms
    fused       hybrid search: the fused score, as a share of the best, times the strength by either
    relevance   after reranking: what the reranking model says, 0 to 1
    external    from a service elsewhere: its own score

The order is never changed by this, only the scale; what stands higher never has a lower score, but for passages that
were moved for diversity.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from apps.knowledge.analysis import terms_of, terms_of_query

# How many of the lexical leg's first passages are looked at for the question's terms.
LOOKED_AT = 5


def share_of_terms(question: str, texts: Iterable[str]) -> float:
    """The largest share of the question's distinct terms that one of the texts has."""
    asked = set(terms_of_query(question))
    return max((len(asked.intersection(terms_of(text))) / len(asked) for text in texts), default=0.0) if asked else 0.0


def on_scale(ranked: Mapping[UUID, float], strength: float) -> dict[UUID, float]:
    """Rank scores as shown ones."""
    best = max(ranked.values(), default=0.0)
    strength = min(1.0, max(0.0, strength))
    return {key: round(strength * score / best, 4) if best > 0 else 0.0 for key, score in ranked.items()}
