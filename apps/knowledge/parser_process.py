"""Reading a document's file, in a process of its own. Knows file names; the formats are `workflows.documents`' own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from workflows.documents import reading
from workflows.documents.formats import EXTENSIONS, format_of, mime_type_of
from workflows.documents.parsed import Outline, Parsed
from workflows.documents.reading import Stopped

__all__ = ["EXTENSIONS", "Outline", "Parsed", "Stopped", "extension_of", "mime_type_of", "outline", "parse"]

TIMEOUT_S = reading.PARSE_TIMEOUT_S
ShouldStop = Callable[[], bool]


def extension_of(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def outline(
    path: Path, extension: str, *, should_stop: ShouldStop = lambda: False, timeout_s: float = TIMEOUT_S
) -> Outline:
    """How the file can be divided. Raises ParseError, or Stopped within a moment of `should_stop()` turning true."""
    return reading.outline(path, format_of(extension), should_stop, timeout_s)


def parse(
    path: Path,
    extension: str,
    first: int = 1,
    last: int = 2**31,
    *,
    should_stop: ShouldStop = lambda: False,
    timeout_s: float = TIMEOUT_S,
) -> Parsed:
    """What units `first` to `last` of the file hold; all of it without them. Raises as `outline` does."""
    return reading.parse(path, format_of(extension), first, last, should_stop, timeout_s)
