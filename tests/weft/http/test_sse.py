from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.http.sse import SseEvent, SseFramer, SseTooLarge, encode

STREAM = (
    "\ufeffdata: one\n\n"
    ": a comment\r\n"
    "id: 7\r\nevent: ping\r\ndata: two\r\ndata:  lines\r\n\r\n"
    "data: 三\r\r"
    "retry: 5\n\ndata\n\ndata: last\n\n"
).encode()
EVENTS = [
    SseEvent("one"),
    SseEvent("two\n lines", "ping", "7"),
    SseEvent("三", "message", "7"),
    SseEvent("", "message", "7"),
    SseEvent("last", "message", "7"),
]


@given(st.lists(st.integers(0, len(STREAM)), max_size=20))
def test_reads_may_be_cut_anywhere(cuts: list[int]) -> None:
    framer, events = SseFramer(), []
    edges = [0, *sorted(cuts), len(STREAM)]
    for start, end in pairwise(edges):
        events += framer.feed(STREAM[start:end])

    assert events + framer.finish() == EVENTS


@given(st.text().filter(lambda text: "\r" not in text), st.integers(1, 10**9))
def test_what_is_encoded_comes_back(text: str, seq: int) -> None:
    assert SseFramer().feed(encode(text, event="e", id=seq)) == [SseEvent(text, "e", str(seq))]


def test_an_event_without_its_blank_line_is_kept_at_the_end() -> None:
    framer = SseFramer()
    assert framer.feed(b"data: [DONE]") == []
    assert framer.finish() == [SseEvent("[DONE]")]


@pytest.mark.parametrize("reads", [[b"data: " + b"x" * 2000], [b"data: x\n"] * 300, [b"x" * 600, b"x" * 600]])
def test_an_endless_event_is_refused(reads: list[bytes]) -> None:
    framer = SseFramer(max_event_bytes=1000)
    with pytest.raises(SseTooLarge):
        [framer.feed(read) for read in reads]


def test_many_small_events_are_not_one_large_one() -> None:
    assert len(SseFramer(max_event_bytes=100).feed(b"data: x\n\n" * 1000)) == 1000
