"""How documents become chunks: every setting with its default, as it is stored, sent and overridden by one document.

The defaults need no tuning. Knows shapes and limits; does nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from weft.http.errors import WeftError, invalid

# Raised when the same settings would give other chunks than before: what is stored is then known to be older.
_MADE_BY = 1

# In units: a wide (CJK) character is two and a half, any other one; `chunking/structure.py` says why so many.
SIZE = 1000
MAX_SIZE = 40_000


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Model(_Settings):
    provider: str = Field(max_length=60)
    model: str = Field(max_length=200)


class Cleaning(_Settings):
    """What is taken out of the parsed text before it is cut; code stays as it is.

    `remove_urls` takes e-mail addresses too and keeps Markdown images. `drop_repeated_lines` takes running heads and
    feet: short lines at the edge of most pages. `normalise` composes characters, and replaces invisible ones,
    look-alike radicals and ligatures that PDF files are full of. `remove_stop_words` is there because clients of
    Dify's API send it: the lexical index never holds stop words, and passages, which people and models read, keep them.
    """

    collapse_spaces: bool = True
    remove_urls: bool = False
    remove_stop_words: bool = False
    drop_repeated_lines: bool = True
    normalise: bool = True


class Cut(_Settings):
    """Dify's rule: a cut at every `separator`; what is longer than `max_tokens` (estimated) is cut further."""

    separator: str = Field(default="\n\n", min_length=1, max_length=100)
    max_tokens: int = Field(default=500, ge=20, le=10_000)
    overlap_tokens: int = Field(default=0, ge=0, le=5_000)

    @model_validator(mode="after")
    def _overlap_is_smaller(self) -> Self:
        if self.overlap_tokens > self.max_tokens // 2:
            raise ValueError("overlap_tokens may be at most half of max_tokens")
        return self


class Structure(_Settings):
    """Whole sentences, rows and lines packed up to `size` units, never across a heading."""

    mode: Literal["structure"] = "structure"
    size: int = Field(default=SIZE, ge=100, le=MAX_SIZE)


class Fixed(_Settings):
    """Windows of `size` units, each beginning with the last `overlap` units of the one before."""

    mode: Literal["fixed"] = "fixed"
    size: int = Field(default=SIZE, ge=100, le=MAX_SIZE)
    overlap: int = Field(default=100, ge=0, le=MAX_SIZE // 2)

    @model_validator(mode="after")
    def _overlap_is_smaller(self) -> Self:
        if self.overlap > self.size // 2:
            raise ValueError("overlap may be at most half of size")
        return self


class Separator(Cut):
    mode: Literal["separator"] = "separator"
    overlap_tokens: int = Field(default=50, ge=0, le=5_000)


class ParentChild(_Settings):
    """Small chunks are searched, the larger ones around them are shown.

    A parent is a `section` (structure-aware, up to `parent_size` units), a `paragraph` (cut by `paragraph`), or the
    `full` document. Children are whole sentences up to `child_size` units, or cut by `child`.
    """

    mode: Literal["parent_child"] = "parent_child"
    parent: Literal["section", "paragraph", "full"] = "section"
    parent_size: int = Field(default=4000, ge=200, le=MAX_SIZE)
    paragraph: Cut = Cut()
    child_size: int = Field(default=400, ge=50, le=8_000)
    child: Cut | None = None


class Pairs(_Settings):
    """Questions with their answers: from tables, by the names of two columns (none: recognised), and from marks such as
    `Q:` and `A:` in the text. Where a document has no pairs, `model` makes them from its passages."""

    mode: Literal["qa"] = "qa"
    question_column: str = Field(default="", max_length=200)
    answer_column: str = Field(default="", max_length=200)
    model: Model | None = None


class Full(_Settings):
    """One chunk, however long the document is (cut only beyond what can be shown)."""

    mode: Literal["full"] = "full"


Chunker = Structure | Fixed | Separator | ParentChild | Pairs | Full


class Processing(_Settings):
    """All of it. `metadata_model` fills the dataset's metadata fields that have an instruction; None leaves them."""

    cleaning: Cleaning = Cleaning()
    chunker: Annotated[Chunker, Field(discriminator="mode")] = Structure()
    metadata_model: Model | None = None

    @property
    def version(self) -> str:
        """The same for settings that cut alike, of a Weft that cuts alike."""
        cutting = {"made_by": _MADE_BY, **self.model_dump(include={"cleaning", "chunker"})}
        return hashlib.sha256(json.dumps(cutting, sort_keys=True).encode()).hexdigest()[:16]


def read(stored: Mapping[str, Any]) -> Processing:
    """Settings as they lie in `Dataset.processing`. What an older or newer Weft wrote there counts as not set."""
    known = {key: value for key, value in stored.items() if key in Processing.model_fields}
    while True:
        try:
            return Processing.model_validate(known)
        except ValidationError as exc:
            for error in exc.errors():
                known.pop(str(error["loc"][0]), None)


def effective(dataset: Mapping[str, Any], document: Mapping[str, Any] | None) -> Processing:
    """A document's own settings where it has some; else its dataset's."""
    return read(dataset if document is None else document)


def checked(given: Mapping[str, Any], base: Processing | None = None) -> Processing:
    """`base` with what is given in its place. Raises `processing_setting_invalid` with the setting's path.

    Cleaning rules are changed one by one; a chunker keeps the options that are not given while its mode stays.
    """
    base = base or Processing()
    merged: dict[str, Any] = {**base.model_dump(), **given}
    for name, kept in (("cleaning", base.cleaning.model_dump()), ("chunker", base.chunker.model_dump())):
        part = given.get(name)
        if isinstance(part, Mapping) and part.get("mode", kept.get("mode")) == kept.get("mode"):
            merged[name] = {**kept, **part}
    try:
        return Processing.model_validate(merged)
    except ValidationError as exc:
        raise _refusal(exc) from exc


def _refusal(exc: ValidationError) -> WeftError:
    error = exc.errors()[0]
    field = ".".join(str(each) for each in error["loc"])
    message = f"The processing setting {field} is not valid: {error['msg']}."
    return invalid(field, message, "processing_setting_invalid")
