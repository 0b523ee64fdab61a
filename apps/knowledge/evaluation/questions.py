"""Asks a model for a question that a passage answers, and sorts out those that would measure nothing.

Pure but for the prompt's wording. A question that repeats the passage's own words only tests whether words match, and
one that speaks of "this passage" is asked by nobody who searches.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.knowledge.evaluation.spans import flatten

PROMPT = (
    "You write test questions for a search engine. Read the passage and write one question that a person who has not "
    "seen it could ask, and that the passage alone answers. Use other words than the passage where you can; do not "
    "copy its sentences. Do not speak of a passage, text, document or author. Write in the language of the passage. "
    "Also give the shortest quote, copied exactly from the passage, that holds the answer. Answer with JSON only: "
    '{"question": "...", "quote": "..."}. If the passage answers no sensible question, answer {"question": null}.'
)
MAX_PASSAGE = 6000
MIN_PASSAGE = 80
_MAX_QUESTION = 400
# This share of the question standing in the passage as one piece is a copy.
_COPIED = 0.6
_SELF = re.compile(
    r"\b(this|the|given|above|following) (passage|text|document|excerpt|paragraph|article|author)\b"
    r"|(本文|该文|此文|上文|下文|文中|这段|该段|此段|文章|作者)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Written:
    question: str
    quote: str


def checked(reply: Mapping[str, Any] | None, passage: str) -> Written | str:
    """What can be kept; else why not: none | unreadable | too_long | about_the_text | copied | quote_not_found."""
    if reply is None or "question" not in reply:
        return "unreadable"
    question, quote = reply.get("question"), reply.get("quote")
    if not question:
        return "none"
    if not isinstance(question, str) or not isinstance(quote, str):
        return "unreadable"
    question, quote = " ".join(question.replace("\0", "").split()), quote.replace("\0", "").strip()
    if len(question) > _MAX_QUESTION:
        return "too_long"
    if _SELF.search(question):
        return "about_the_text"
    if not flatten(quote) or flatten(quote) not in flatten(passage):
        return "quote_not_found"
    if copied_share(question, passage) > _COPIED:
        return "copied"
    return Written(question, quote)


def copied_share(question: str, passage: str) -> float:
    """The longest piece of the question that stands in the passage, as a share of the question."""
    asked, text = flatten(question), flatten(passage)
    longest = start = 0
    for end in range(1, len(asked) + 1):
        # the longest piece that ends here begins no earlier than the one that ended before
        while start < end and asked[start:end] not in text:
            start += 1
        longest = max(longest, end - start)
    return longest / len(asked) if asked else 0.0
