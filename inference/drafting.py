"""Guesses at what a sequence says next, from what it said before: the tokens that followed the same words last time.

Prompt lookup decoding (Saxena 2023; the n-gram proposer of vLLM). Knows no model.
"""

from __future__ import annotations

from contextlib import suppress

_LONGEST, _SHORTEST = 4, 2
_WINDOW = 4096


def ngram_drafts(tokens: list[int], most: int) -> tuple[int, ...]:
    """At most `most` tokens that followed the latest earlier place with the same last 4, 3 or 2 tokens."""
    latest = tokens[-_WINDOW:][::-1]
    tail = latest[:_LONGEST]
    longest, found, at = _SHORTEST - 1, 0, 0
    with suppress(ValueError):
        while longest < len(tail):
            # a list looks for a number a hundred times faster than a loop does
            at = latest.index(tail[0], at + 1)
            alike = _alike(latest[at : at + _LONGEST], tail)
            if alike > longest:
                longest, found = alike, at
    return tuple(latest[max(0, found - most) : found][::-1])


def _alike(some: list[int], others: list[int]) -> int:
    """How many of the first are the same."""
    return next((n for n, (one, other) in enumerate(zip(some, others, strict=False)) if one != other), len(some))
