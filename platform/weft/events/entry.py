"""One entry of a stream, and how it lies in Redis: id `<seq>-0`, one field `e` with JSON bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

FIELD = b"e"


class Entry(NamedTuple):
    """`seq` is the cursor: a reader that has seen it asks for what comes after it."""

    seq: int
    data: bytes


def parse(items: Iterable[Any]) -> list[Entry]:
    """Entries from the reply of XRANGE, or of one stream of XREAD."""
    return [Entry(_seq(entry_id), fields.get(FIELD, b"")) for entry_id, fields in items]


def flat(entries: Sequence[Entry]) -> list[int | bytes]:
    """Arguments for the append script: seq, data, seq, data, ..."""
    arguments: list[int | bytes] = []
    for entry in entries:
        arguments += entry
    return arguments


def after_id(seq: int) -> str:
    """For XREAD: everything after `seq`."""
    return f"{seq}-0"


def _seq(entry_id: bytes) -> int:
    return int(entry_id.partition(b"-")[0])
