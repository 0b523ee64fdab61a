"""What knowledge bases are asked, and the passages that they answer with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec


class Reranking(msgspec.Struct, frozen=True):
    """How passages of several searches are put in order: by a model, or by the weights of the two searches."""

    mode: Literal["model", "weights"]
    provider: str = ""
    model: str = ""
    vector_weight: float = 0.7
    keyword_weight: float = 0.3


class MetadataCondition(msgspec.Struct, frozen=True):
    """A condition on a document's own metadata, with an operator of `workflows.expressions` or `before`, `after`."""

    name: str
    operator: str
    value: Any = None


class MetadataFilter(msgspec.Struct, frozen=True):
    """Which documents may be searched."""

    logical: Literal["and", "or"]
    conditions: list[MetadataCondition]


class ModelChoice(msgspec.Struct, frozen=True):
    """A chat model, by its provider and name."""

    provider: str
    model: str


class RetrievalRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One search in one or more knowledge bases. What a host cannot do, it must not leave out silently: `Retrieval`.

    `chooser` is the model that picks the one knowledge base to search, `filter_model` the one that reads conditions on
    metadata out of the question. What is None, the knowledge bases' own settings decide. `history` is the conversation
    before it, for questions that lean on what was said.
    """

    query: str
    dataset_ids: list[str]
    top_k: int | None = None
    score_threshold: float | None = None
    reranking: Reranking | None = None
    filter: MetadataFilter | None = None
    filter_model: ModelChoice | None = None
    chooser: ModelChoice | None = None
    history: list[dict[str, Any]] = []
    is_tool: bool = False
    run_id: str = ""
    node_id: str = ""


Passage = dict[str, Any]
"""A passage found: `title`, `content` and `metadata` (`_source`, `position`, `dataset_id`, `dataset_name`,
`document_id`, `document_name`, `segment_id`, `score`, `page`, ...)."""


class Passages(list[Passage]):
    """Passages with how they were found: `steps` with what came in and went out of each, and `notes`, as
    `{"code", "message"}`, of what was done without, such as a reranker that did not answer."""

    def __init__(self, passages: Sequence[Passage] = (), *, funnel: dict[str, Any] | None = None) -> None:
        super().__init__(passages)
        self.funnel = funnel or {}
