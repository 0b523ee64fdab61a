"""Tells thinking, text and calls apart while the text grows, wherever its pieces are cut.

A call is told when it is whole: nobody can act on half of one, and what turns out to be none is text and is not lost.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inference.request import ToolCallDelta
from inference.text.parsing.bodies import Call
from inference.text.parsing.families import Family
from inference.text.stops import overlap


@dataclass(frozen=True, slots=True)
class Part:
    """Some more text, or thinking, or a whole call."""

    text: str = ""
    reasoning: str = ""
    call: Call | None = None


class Parser:
    """One answer's. Blanks next to calls, and after thinking, belong to the marks and are not told."""

    def __init__(self, family: Family, schemas: Mapping[str, dict[str, Any]] | None, *, thinking: bool) -> None:
        """`schemas`: tool -> the schema of its arguments; None: calls are not looked for. `thinking`: the prompt began
        it already."""
        self._think = family.think
        self._form = family.calls if schemas is not None else None
        self._schemas = schemas or {}
        self.thinking = thinking
        self._held = ""
        self._in_call = ""
        """The marker, and blanks before it, that opened the call which is being read."""
        self._calling = False
        self._skip_blanks = thinking
        self._starting = not thinking and (self._think is not None or (self._form is not None and self._form.bare))

    def push(self, text: str) -> list[Part]:
        """What `text` completes."""
        self._held += text
        return self._read(last=False)

    def flush(self) -> list[Part]:
        """What is left, now that no more comes."""
        return self._read(last=True)

    def _read(self, *, last: bool) -> list[Part]:
        parts: list[Part] = []
        while True:
            step = self._call_step if self._calling else self._text_step
            before = len(self._held), self._calling, self.thinking
            parts += step(last)
            if before == (len(self._held), self._calling, self.thinking):
                return parts

    def _text_step(self, last: bool) -> list[Part]:
        """Up to the next marker, or as far as none can begin."""
        if self._starting:
            self._start(last)
            if self._starting or self._calling:
                return []
        if self._skip_blanks:
            self._held = self._held.lstrip()
            self._skip_blanks = not self._held
        markers = self._markers()
        at, marker = min(((at, each) for each in markers if (at := self._held.find(each)) >= 0), default=(-1, ""))
        if at >= 0:
            said, self._held = self._held[:at], self._held[at + len(marker) :]
            parts = self._said(said.rstrip())
            self._enter(marker, said[len(said.rstrip()) :])
            return parts
        size = len(self._held)
        if not last:
            size -= overlap(self._held, markers)
            # a marker may follow, and blanks before it are not told
            size = len(self._held[:size].rstrip()) if markers else size
        said, self._held = self._held[:size], self._held[size:]
        return self._said(said)

    def _start(self, last: bool) -> None:
        """Does it begin with thinking, or with a call that has no marker? What comes later is talk about thinking."""
        begun = self._held.lstrip()
        opens = self._think[0] if self._think is not None else ""
        if opens and begun.startswith(opens):
            self._held, self._starting = begun[len(opens) :], False
            self.thinking = self._skip_blanks = True
        elif self._form is not None and self._form.bare and begun.startswith("{"):
            self._calling, self._in_call, self._starting = True, "", False
        else:
            self._starting = not last and (opens.startswith(begun) if opens else not begun)

    def _call_step(self, last: bool) -> list[Part]:
        assert self._form is not None
        found = self._form.read(self._held, last, self._schemas)
        if found is None:
            return []
        body, self._held = self._held[: found.size], self._held[found.size :]
        self._calling = False
        if not found.calls:
            return self._said(self._in_call + body)
        self._skip_blanks = True
        return [Part(call=call) for call in found.calls]

    def _markers(self) -> tuple[str, ...]:
        calls = (self._form.opens,) if self._form is not None else ()
        return (self._think[1], *calls) if self.thinking and self._think is not None else calls

    def _enter(self, marker: str, blanks: str) -> None:
        if self._form is not None and marker == self._form.opens:
            self._calling, self._in_call, self.thinking = True, blanks + marker, False
        else:
            self.thinking, self._skip_blanks = False, True

    def _said(self, text: str) -> list[Part]:
        if not text:
            return []
        return [Part(reasoning=text) if self.thinking else Part(text=text)]


def deltas(call: Call, index: int, id_chars: int) -> tuple[ToolCallDelta, ToolCallDelta]:
    """The two deltas of a call: id and name, then its arguments."""
    name = secrets.token_hex(id_chars)[:id_chars]
    return (
        ToolCallDelta(index, name if id_chars < 24 else f"call_{name}", call.name),
        ToolCallDelta(index, arguments=call.arguments),
    )
