"""Server-sent events on the wire, both ways: a bounded framer for what arrives, an encoder for what leaves.

A network read is bytes, not an event: the framer keeps the unfinished tail. Knows nothing of what the events mean.
"""

from __future__ import annotations

from dataclasses import dataclass

MAX_EVENT_BYTES = 1024 * 1024
HEARTBEAT = b": keep-alive\n\n"
HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",
}


class SseTooLarge(Exception):
    """An event grew beyond the framer's limit; nothing of it was kept."""


@dataclass(frozen=True, slots=True)
class SseEvent:
    data: str
    event: str = "message"
    id: str | None = None


class SseFramer:
    """Feed it reads of any size; it gives the events that became whole. Not thread-safe; one per stream."""

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._max = max_event_bytes
        self._tail = b""
        self._size = 0
        self._data: list[str] = []
        self._event = ""
        self._id: str | None = None
        self._at_start = True

    def feed(self, read: bytes) -> list[SseEvent]:
        """The events completed by `read`. Raises SseTooLarge when the unfinished one exceeds the limit."""
        buffer = self._tail + read
        if self._at_start and len(buffer) >= 3:
            buffer = buffer.removeprefix(b"\xef\xbb\xbf")
            self._at_start = False
        events: list[SseEvent] = []
        start = 0
        while (end := _line_end(buffer, start)) is not None:
            stop, start_next = end
            self._line(buffer[start:stop], events)
            start = start_next
        self._tail = buffer[start:]
        if self._size + len(self._tail) > self._max:
            self._tail, self._data = b"", []
            raise SseTooLarge(f"A server-sent event is larger than {self._max} bytes.")
        return events

    def finish(self) -> list[SseEvent]:
        """At the end of the stream: servers that forget the last blank line still get their last event through."""
        events: list[SseEvent] = []
        tail, self._tail = self._tail, b""
        if tail:
            self._line(tail.rstrip(b"\r"), events)
        self._line(b"", events)
        return events

    def _line(self, line: bytes, events: list[SseEvent]) -> None:
        if not line:
            if self._data:
                events.append(SseEvent("\n".join(self._data), self._event or "message", self._id))
            self._data, self._event, self._size = [], "", 0
            return
        if line.startswith(b":"):
            return
        self._size += len(line)
        if self._size > self._max:
            self._data = []
            raise SseTooLarge(f"A server-sent event is larger than {self._max} bytes.")
        name, _, raw = line.partition(b":")
        value = raw.removeprefix(b" ").decode("utf-8", "replace")
        match name:
            case b"data":
                self._data.append(value)
            case b"event":
                self._event = value
            case b"id" if "\0" not in value:
                self._id = value


def _line_end(buffer: bytes, start: int) -> tuple[int, int] | None:
    """Where the next line stops and the one after begins; None while the line (or a CR's LF) is still to come."""
    lf = buffer.find(b"\n", start)
    cr = buffer.find(b"\r", start, lf if lf >= 0 else len(buffer))
    if cr < 0:
        return None if lf < 0 else (lf, lf + 1)
    if cr + 1 == len(buffer):
        return None
    return cr, cr + 2 if buffer[cr + 1 : cr + 2] == b"\n" else cr + 1


def encode(data: str | bytes, *, event: str | None = None, id: str | int | None = None) -> bytes:
    """One event. `data` may hold newlines; `event` and `id` may not."""
    raw = data.encode() if isinstance(data, str) else data
    head = b""
    if id is not None:
        head += b"id: %s\n" % str(id).encode()
    if event is not None:
        head += b"event: %s\n" % event.encode()
    body = b"".join(b"data: %s\n" % line for line in raw.replace(b"\r\n", b"\n").split(b"\n"))
    return head + body + b"\n"
