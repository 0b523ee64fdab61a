"""The measurement of streams runs: every token of every answer comes, over a real socket."""

from __future__ import annotations

from inference.bench.streams import Result, measure


def test_every_token_is_counted() -> None:
    result = measure(n_streams=5, n_tokens=20)

    assert result.n_tokens == 100
    # a slow machine may find several tokens at once, and the first may be no whole character
    assert 5 <= result.n_deltas <= 100
    assert result.wall_s >= result.loop_s > 0


def test_a_line_says_what_was_measured() -> None:
    line = Result(n_deltas=20_000, n_tokens=30_000, wall_s=4.0, loop_s=2.0).line()

    assert line == "10,000 deltas a second of the loop's time, 5,000 by the clock; 1.50 tokens each"
