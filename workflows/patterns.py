"""Regular expressions of strangers on texts of strangers: bounded in length and in time."""

from __future__ import annotations

from functools import lru_cache

import regex

MAX_PATTERN = 2_000
TIMEOUT_S = 1.0


class PatternError(Exception):
    """A pattern that is wrong, too long, or takes too long."""


def search(pattern: str, text: str, *, timeout_s: float = TIMEOUT_S) -> bool:
    """Whether `pattern` occurs in `text`. Raises PatternError."""
    try:
        return _compiled(pattern).search(text, timeout=timeout_s, concurrent=True) is not None
    except TimeoutError as error:
        raise PatternError(f"The pattern {_shown(pattern)} takes too long on this text: simplify it.") from error


def check(pattern: str) -> None:
    """Raises PatternError when there can be no match with such a pattern."""
    _compiled(pattern)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> regex.Pattern[str]:
    if len(pattern) > MAX_PATTERN:
        raise PatternError(f"The pattern is longer than {MAX_PATTERN} characters.")
    try:
        return regex.compile(pattern)
    except (regex.error, RecursionError, OverflowError, ValueError) as error:
        raise PatternError(f"The pattern {_shown(pattern)} is wrong: {error}.") from error


def _shown(pattern: str) -> str:
    return repr(pattern if len(pattern) <= 60 else pattern[:57] + "…")
