"""What a connector's kind does: list a place's items, and read those that are new or may have changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class ConnectorError(Exception):
    """The place cannot be looked at now, or not as it is set. Nothing follows from a look that failed."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Item:
    """`key` names it in its place for good. `revision` is what tells now, without reading it, whether it has changed;
    "" where only reading tells."""

    key: str
    revision: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """Of an incomplete one nobody may conclude what is gone."""

    items: Sequence[Item]
    is_complete: bool = True


@dataclass(frozen=True, slots=True)
class Content:
    """`parts` can be walked more than once. `revision` is for the next look."""

    name: str
    parts: Iterable[bytes]
    revision: str


@dataclass(frozen=True, slots=True)
class Unchanged:
    """It is what it was at the revision that was given."""


@dataclass(frozen=True, slots=True)
class Gone:
    """It was there when the place was listed, and is no more."""


@dataclass(frozen=True, slots=True)
class Failed:
    """It is there and cannot be read now. What was read of it before stays."""

    code: str
    message: str


Outcome = Content | Unchanged | Gone | Failed


class Source(Protocol):
    def listing(self) -> Listing:
        """Raises ConnectorError."""

    def read(self, items: Sequence[Item], known: Mapping[str, str]) -> Sequence[Outcome]:
        """One outcome an item. `known` has the revisions that are kept, by key. At most `AT_ONCE` items a call."""


AT_ONCE = 4
Settings = Mapping[str, Any]
