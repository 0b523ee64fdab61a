"""What a search is asked and what it answers: the request, the hits, and the funnel that tells how they came about.

Plain data; does nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from apps.knowledge.metadata import Filter
from apps.knowledge.search.settings import Retrieval

Origin = Literal["test", "app", "api", "tool"]
Turns = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One search in one or more datasets of a workspace.

    `settings` overrides what is stored: the dataset's own settings where one is searched, the defaults where several
    are. `history` is the conversation before the question, oldest first, as `{"role", "content"}`. `origin` is for the
    query log; None keeps the search out of it. `readers` are the people on whose behalf it is made, of whom one must
    see each dataset; with None the caller has seen to that.
    """

    query: str
    dataset_ids: Sequence[str]
    settings: Mapping[str, Any] = field(default_factory=dict)
    filter: Filter | None = None
    history: Turns = ()
    origin: Origin | None = None
    readers: Sequence[UUID] | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A score and the rank it gave, from 1."""

    score: float
    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a passage stands. `start` and `end` are offsets in the document's text, null where none of it is the
    passage's; `boxes` are shares of the page's size."""

    chunk_id: UUID
    document_id: UUID
    document_name: str
    dataset_id: UUID
    dataset_name: str
    position: int
    headings: list[str]
    page: int | None
    boxes: list[dict[str, Any]]
    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class Child:
    """The part of a shown parent that was found."""

    place: Place
    content: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage that was found. `score` is 0 to 1 and means what `method` says (see `scoring`); `scores` has every
    stage's: `vector` (cosine), `lexical` (BM25), `fused`, `rerank`, `external`. `also` are other places with the same
    text."""

    place: Place
    content: str
    answer: str
    kind: str
    score: float
    method: str
    scores: Mapping[str, Placed]
    metadata: Mapping[str, Any]
    source: str
    hit_count: int
    children: list[Child] = field(default_factory=list)
    also: list[Place] = field(default_factory=list)

    @property
    def chunk_id(self) -> UUID:
        return self.place.chunk_id

    @property
    def document_id(self) -> UUID:
        return self.place.document_id

    @property
    def document_name(self) -> str:
        return self.place.document_name

    @property
    def dataset_id(self) -> UUID:
        return self.place.dataset_id

    @property
    def dataset_name(self) -> str:
        return self.place.dataset_name

    @property
    def text(self) -> str:
        """What is handed on: the content, and for a pair its answer below."""
        return f"{self.content}\n{self.answer}" if self.answer else self.content


@dataclass(frozen=True, slots=True)
class Note:
    """What did not go as the settings ask, and was done without."""

    code: str
    message: str


@dataclass(slots=True)
class Step:
    """One stage of a search: how many passages came in and went out, how long it took, and what it did to them."""

    name: str
    entered: int | None
    left: int
    ms: float = 0.0
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Funnel:
    """How a search went, in order."""

    steps: list[Step] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    ms: float = 0.0

    def note(self, code: str, message: str) -> None:
        if not any(each.code == code and each.message == message for each in self.notes):
            self.notes.append(Note(code, message))


@dataclass(frozen=True, slots=True)
class Found:
    """The best passages, best first, and how they were found."""

    hits: list[Hit]
    funnel: Funnel
    settings: Retrieval
