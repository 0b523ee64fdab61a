"""Putting the tool calls of a reply together from the pieces a server streams, and reading their arguments.

Knows servers' habits: indexes that are missing or always 0, ids on the first piece only or on none, names repeated or
cut, arguments whole, in pieces, or as JSON within JSON. Never raises on what a model or a server sends.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from workflows.ports import ToolCall, ToolCallDelta
from workflows.repair import loads_lenient

MAX_CALLS = 32
_MAX_ARGUMENTS = 256 * 1024


class _Open:
    """A call being assembled."""

    __slots__ = ("arguments", "id", "index", "name", "size")

    def __init__(self, index: int | None, call_id: str) -> None:
        self.index = index
        self.id = call_id
        self.name = ""
        self.arguments: list[str] = []
        self.size = 0

    def take(self, delta: ToolCallDelta) -> None:
        """Add a piece. A name is whole, repeated with every piece, or cut in two before any argument came."""
        self.id = self.id or delta.id
        if delta.name and delta.name != self.name and not self.arguments:
            self.name += delta.name
        if delta.arguments and self.size <= _MAX_ARGUMENTS:
            self.arguments.append(delta.arguments)
            self.size += len(delta.arguments)


class Assembler:
    """Collects the calls of one reply, in the order they were first seen; at most `MAX_CALLS`."""

    def __init__(self) -> None:
        self._open: list[_Open] = []

    def __bool__(self) -> bool:
        return bool(self._open)

    def feed(self, deltas: Sequence[ToolCallDelta]) -> None:
        """Take the pieces of one chunk in."""
        for delta in deltas:
            call = self._of(delta)
            if call is None and len(self._open) < MAX_CALLS:
                call = _Open(delta.index, delta.id)
                self._open.append(call)
            if call is not None:
                call.take(delta)

    def _of(self, delta: ToolCallDelta) -> _Open | None:
        """The open call a piece belongs to; None when it begins one."""
        if delta.id:
            known = next((call for call in self._open if call.id == delta.id), None)
            if known is not None:
                return known
        if delta.index is None:
            last = self._open[-1] if self._open else None
            return None if last is None or _begins(delta, last) else last
        # The latest of an index: some servers number every call 0 and tell them apart by id alone.
        same = next((call for call in reversed(self._open) if call.index == delta.index), None)
        return None if same is None or (delta.id and same.id and delta.id != same.id) else same

    def calls(self) -> list[ToolCall]:
        """The calls so far, each with an id of its own. Pieces that never got a name are no calls."""
        calls: list[ToolCall] = []
        seen: set[str] = set()
        for number, call in enumerate(self._open):
            if not call.name:
                continue
            call_id = call.id if call.id and call.id not in seen else f"call_{number}"
            while call_id in seen:
                call_id += "_"
            seen.add(call_id)
            calls.append(ToolCall(call_id, call.name, "".join(call.arguments) or "{}"))
        return calls


def _begins(delta: ToolCallDelta, last: _Open) -> bool:
    """Whether a piece without an index begins a new call after `last`."""
    if delta.id:
        return bool(last.id)
    return bool(delta.name) and bool(last.arguments) and (delta.name != last.name or _whole("".join(last.arguments)))


def _whole(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def read_arguments(call: ToolCall) -> dict[str, Any] | None:
    """The arguments as an object; None when they cannot be read as one."""
    value = loads_lenient(call.arguments) if call.arguments.strip() else {}
    if isinstance(value, str):
        value = loads_lenient(value)
    if value is None:
        return {} if call.arguments.strip() == "null" else None
    return value if isinstance(value, dict) else None
