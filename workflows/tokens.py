"""How many tokens a text is, guessed: about one for a CJK character and one for four others."""

from __future__ import annotations


def estimate_tokens(text: str) -> int:
    """An estimate that needs no tokenizer; within a third of the truth for prose and code."""
    if text.isascii():
        return (len(text) + 3) // 4
    wide = sum(1 for char in text if char >= "\u2e80")
    return wide + (len(text) - wide + 3) // 4
