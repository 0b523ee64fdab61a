"""Guesses at what a sequence says next, from what it said before: the tokens that followed the same words last time.

Prompt lookup decoding (Saxena 2023; the n-gram proposer of vLLM). Knows no model.
"""

from __future__ import annotations

_LONGEST, _SHORTEST = 4, 2
_WINDOW = 4096


def ngram_drafts(tokens: list[int], most: int) -> tuple[int, ...]:
    """At most `most` tokens that followed the latest earlier place with the same last 4, 3 or 2 tokens."""
    recent = tokens[-_WINDOW:]
    for size in range(min(_LONGEST, len(recent) - 1), _SHORTEST - 1, -1):
        tail = recent[-size:]
        last = tail[-1]
        for end in range(len(recent) - 1, size - 1, -1):
            if recent[end - 1] == last and recent[end - size : end] == tail:
                return tuple(recent[end : end + most])
    return ()
