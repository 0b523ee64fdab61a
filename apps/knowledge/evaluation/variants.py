"""The settings that evaluations measure: one, two to compare, or the field that a search tries.

Pure. A search changes one thing at a time, from the dataset's own settings, and nothing that would need chunks or
vectors to be made anew. All its variants are measured ten passages deep, so that none wins by being longer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.knowledge.evaluation import metrics
from apps.knowledge.search.settings import MAX_TOP_K, Retrieval

# Which setting is tried with which values. The weights stand for what `null`, the default, would choose by itself.
_WEIGHTS = (None, 0.1, 0.3, 0.5, 0.7, 0.9)
_NEIGHBOURS = (0, 1, 2)
_DIVERSITY = (0.0, 0.3)


@dataclass(frozen=True, slots=True)
class Variant:
    """`changes` are what sets it apart from the first variant, in words of the settings; {} for itself."""

    retrieval: Retrieval
    changes: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        return {"retrieval": self.retrieval.model_dump(mode="json"), "changes": dict(self.changes), "key": self.key}

    @property
    def key(self) -> str:
        """The same for the same settings: what a line of measurements over time belongs to."""
        return key_of(self.retrieval)


def key_of(retrieval: Retrieval) -> str:
    shape = retrieval.model_dump(mode="json", exclude={"cache"})
    return hashlib.sha256(json.dumps(shape, sort_keys=True).encode()).hexdigest()[:16]


def own(retrieval: Retrieval) -> Variant:
    return Variant(retrieval, {})


def changed(base: Retrieval, retrieval: Retrieval) -> Variant:
    before, after = base.model_dump(mode="json"), retrieval.model_dump(mode="json")
    return Variant(retrieval, {name: after[name] for name in after if after[name] != before[name]})


def deep(retrieval: Retrieval) -> Retrieval:
    """The same, ten passages deep, with nothing cut off that a shorter list would not have."""
    top_k = min(MAX_TOP_K, max(metrics.DEPTH, retrieval.top_k))
    return retrieval.model_copy(update={"top_k": top_k, "threshold": None, "max_tokens": None})


def field_of(current: Retrieval) -> list[Variant]:
    """What a search tries: the dataset's own settings first, each other one once."""
    base = deep(current)
    tried = [own(base)]
    for retrieval in _neighbourhood(base):
        if all(retrieval != each.retrieval for each in tried):
            tried.append(changed(base, retrieval))
    return tried


def _neighbourhood(base: Retrieval) -> list[Retrieval]:
    hybrid = {"method": "hybrid", "fusion": "weighted"}
    ways: list[dict[str, Any]] = [{"method": "vector"}, {"method": "lexical"}]
    ways += [{**hybrid, "vector_weight": weight} for weight in _WEIGHTS]
    ways += [{"method": "hybrid", "fusion": "rrf"}]
    # a reranker is a server of somebody's: it is tried where one is configured, with and without
    if base.rerank is not None:
        ways += [{"rerank": None}, {"rerank": base.rerank.model_copy(update={"candidates": 100})}]
    ways += [{"expand": base.expand.model_copy(update={"neighbours": count})} for count in _NEIGHBOURS]
    ways += [{"diversity": share} for share in _DIVERSITY]
    return [base.model_copy(update=way) for way in ways]
