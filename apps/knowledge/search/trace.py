"""Everything one search came by, kept while it runs: what the funnel is told from, and `why` answers by.

Plain data; decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from apps.knowledge.allowed import Allowed
from apps.knowledge.metadata import Filter
from apps.knowledge.search.found import Found, Funnel, Hit
from apps.knowledge.search.fusion import ordered
from apps.knowledge.search.legs import LegResult, Scores
from apps.knowledge.search.order import Group, Loss
from apps.knowledge.search.questions import Wordings
from apps.knowledge.search.rows import Candidate, Passage
from apps.knowledge.search.settings import Retrieval
from apps.knowledge.search.targets import Target
from apps.knowledge.search.weighing import Weight

STAGES = ("vector", "lexical", "external", "fused", "rerank")


@dataclass(slots=True)
class Trace:
    """`scores` are the shown ones. `order` is every living candidate after fusion, `groups` what is left of it."""

    workspace_id: UUID
    targets: list[Target]
    settings: Retrieval
    wordings: Wordings
    funnel: Funnel = field(default_factory=Funnel)
    filters: list[Filter] = field(default_factory=list)
    allowed: Allowed | None = None
    weights: dict[UUID, Weight] = field(default_factory=dict)
    vector: LegResult = field(default_factory=LegResult)
    lexical: LegResult = field(default_factory=LegResult)
    external: Scores = field(default_factory=dict)
    # the places that a service gave its passages: of those with the same score its first one stays first
    places: dict[UUID, int] = field(default_factory=dict)
    fused: Scores = field(default_factory=dict)
    strength: float = 0.0
    candidates: dict[UUID, Candidate] = field(default_factory=dict)
    passages: dict[UUID, Passage] = field(default_factory=dict)
    order: list[UUID] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    relevance: Scores = field(default_factory=dict)
    scores: Scores = field(default_factory=dict)
    method: str = "fused"
    lost: dict[UUID, Loss] = field(default_factory=dict)
    hits: list[Hit] = field(default_factory=list)
    ranks: dict[str, dict[UUID, int]] = field(default_factory=dict)

    @property
    def local(self) -> list[Target]:
        """The datasets whose chunks lie here."""
        return [target for target in self.targets if not target.is_external]

    def stage(self, name: str) -> Scores:
        """The scores that one stage gave."""
        stages: dict[str, Scores] = {
            "vector": self.vector.raw,
            "lexical": self.lexical.raw,
            "external": self.external,
            "fused": self.fused,
            "rerank": self.relevance,
        }
        return stages[name]

    def rank(self, name: str, chunk_id: UUID) -> int:
        """From 1, in a stage that has the chunk."""
        if name not in self.ranks:
            self.ranks[name] = {key: rank for rank, key in enumerate(ordered(self.stage(name), self.places), start=1)}
        return self.ranks[name][chunk_id]

    def found(self) -> Found:
        return Found(self.hits, self.funnel, self.settings)
