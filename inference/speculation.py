"""How many tokens to guess for a row, by how often guesses at it were right and what one more costs. Knows no pages."""

from __future__ import annotations

import math
from collections.abc import Callable

from inference.cost import CostModel, StepShape
from inference.drafting import ngram_drafts
from inference.sequence import Sequence
from inference.suffixes import NodeSuffixes

Guess = Callable[[Sequence, int], tuple[int, ...]]
"""At most so many tokens that may follow a sequence."""

_NEWS = 0.15


class Speculation:
    """Guesses from a node's earlier answers, else from the sequence's own text; at most `most` at a time."""

    def __init__(self, cost: CostModel, most: int, guess: Guess | None = None) -> None:
        """`guess` replaces both sources."""
        self._cost = cost
        self._most = most
        self._suffixes = NodeSuffixes()
        self._guess = guess or self._from_text
        self._price = 0.0

    def price(self, decoding: StepShape) -> None:
        """Learn what the coming step is like: one more token of a row is dear where rows are many and cheap to serve,
        and next to nothing where the step's time is that of reading weights."""
        each = self._cost.predict(decoding) / max(1, decoding.n_decode)
        more = StepShape(0, decoding.n_decode + 1, decoding.n_kv, 0)
        extra = max(0.0, self._cost.predict(more) - self._cost.predict(decoding))
        self._price = extra / each if each > 0 else 0.0

    def drafts(self, sequence: Sequence, room: int) -> tuple[int, ...]:
        """At most `room` tokens: as many as are worth more, by their chance to be right, than they cost."""
        depth = min(room, self._most, _worthwhile(sequence.trust, self._price))
        return self._guess(sequence, depth) if depth > 0 else ()

    def learn(self, sequence: Sequence, n_drafted: int, n_right: int) -> None:
        """Of the guesses, so many were right; those after the first wrong one say nothing."""
        for right in [True] * n_right + [False] * (n_right < n_drafted):
            sequence.trust += _NEWS * (right - sequence.trust)

    def ended(self, sequence: Sequence) -> None:
        """Its answer may help to guess the next of its node."""
        if self._most:
            params = sequence.params
            self._suffixes.learn(params.salt, params.hints.node_key, sequence.tokens[sequence.n_prompt :])

    def _from_text(self, sequence: Sequence, most: int) -> tuple[int, ...]:
        params = sequence.params
        answer = sequence.tokens[sequence.n_prompt :]
        found = self._suffixes.drafts(params.salt, params.hints.node_key, answer, most)
        return found or ngram_drafts(sequence.tokens, most)


def _worthwhile(trust: float, price: float) -> int:
    """The largest j with trust**j > price: the j-th guess counts only when those before it were right too."""
    if trust <= price:
        return 0
    if price <= 0.0 or trust >= 1.0:
        return 8
    return min(8, math.ceil(math.log(price) / math.log(trust)) - 1)
