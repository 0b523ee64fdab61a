"""How a dataset is searched: every setting with its default, as it is stored, sent and overridden.

The defaults need no tuning. Knows shapes and limits; does nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from apps.knowledge.metadata import Filter
from weft.http.errors import WeftError, invalid

MAX_TOP_K = 100
# How deep each leg goes, whatever `top_k` is: so a longer list always begins with the shorter one. (Measured over four
# English sets, 200 ranks as well as 100 or better.)
DEPTH = 200


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rerank(_Settings):
    """A cross-encoder reads the question with each of the first `candidates` passages and puts them in order."""

    provider: str = Field(default="weft", max_length=60)
    model: str = Field(default="", max_length=200)
    candidates: int = Field(default=30, ge=1, le=100)


class Expansion(_Settings):
    """What is shown around a passage: the parent of a child, and passages before and after it."""

    parent: bool = True
    neighbours: int = Field(default=0, ge=0, le=3)


class Questions(_Settings):
    """What a model makes of the question before the search: one that stands without the conversation, `variants` in
    other words, and a made-up answer (HyDE) whose vector is searched for."""

    provider: str = Field(default="", max_length=60)
    model: str = Field(default="", max_length=200)
    rewrite: bool = False
    variants: int = Field(default=0, ge=0, le=4)
    hyde: bool = False
    # the model also reads conditions on the datasets' metadata fields out of the question
    filter: bool = False
    # the model chooses the one dataset, of several, that is searched
    choose: bool = False


class Retrieval(_Settings):
    """All of it.

    `vector_weight` is the share of the vector leg in weighted fusion, the rest is the lexical leg's; None takes what
    the embedding model was seen to understand of the question's script (`reading.py`). `threshold` is the least
    `score`, whose meaning `scoring.py` documents for each method. `diversity` 0 orders by relevance alone; towards 1,
    passages that repeat what stands above them come later (MMR). `max_tokens` bounds all passages together.
    """

    method: Literal["hybrid", "vector", "lexical"] = "hybrid"
    fusion: Literal["weighted", "rrf"] = "weighted"
    vector_weight: float | None = Field(default=None, ge=0, le=1)
    top_k: int = Field(default=4, ge=1, le=MAX_TOP_K)
    threshold: float | None = Field(default=None, ge=0, le=1)
    rerank: Rerank | None = None
    expand: Expansion = Expansion()
    diversity: float = Field(default=0.0, ge=0, le=1)
    per_document: int | None = Field(default=None, ge=1, le=MAX_TOP_K)
    questions: Questions = Questions()
    filter: Filter | None = None
    max_tokens: int | None = Field(default=None, ge=50, le=1_000_000)
    cache: bool = True


def read(stored: Mapping[str, Any]) -> Retrieval:
    """Settings as they lie in `Dataset.retrieval`. What an older or newer Weft wrote there counts as not set."""
    known = {key: value for key, value in stored.items() if key in Retrieval.model_fields}
    while True:
        try:
            return Retrieval.model_validate(known)
        except ValidationError as exc:
            for error in exc.errors():
                known.pop(str(error["loc"][0]), None)


def checked(given: Mapping[str, Any], base: Retrieval | None = None) -> Retrieval:
    """`base` with what is given in its place. Raises `invalid` with the setting's path."""
    merged = {**(base or Retrieval()).model_dump(), **given}
    for name in ("expand", "questions"):
        if base is not None and isinstance(given.get(name), Mapping):
            merged[name] = {**getattr(base, name).model_dump(), **given[name]}
    try:
        return Retrieval.model_validate(merged)
    except ValidationError as exc:
        raise _refusal(exc) from exc


def _refusal(exc: ValidationError) -> WeftError:
    error = exc.errors()[0]
    field = ".".join(str(each) for each in error["loc"])
    return invalid(field, f"The retrieval setting {field} is not valid: {error['msg']}.", "retrieval_setting_invalid")
