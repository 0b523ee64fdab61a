"""What workflow nodes answered lately, found by the words said last: guesses at what the next answer says.

Forms, queries and tool calls repeat themselves from run to run (SuffixDecoding, arXiv 2411.04975, which keeps a suffix
tree; here an index of the last place of every 4 and every 2 tokens, a tenth of the memory). Knows no model.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

_SIZES = (4, 2)
_BEFORE = -1
"""Stands in front of an answer, so that its first words are found too."""


@dataclass(slots=True)
class _Said:
    tokens: list[int] = field(default_factory=list)
    places: dict[tuple[int, ...], int] = field(default_factory=dict)

    def add(self, answer: list[int]) -> None:
        begin = len(self.tokens) + _SIZES[0]
        self.tokens += [_BEFORE] * _SIZES[0] + answer
        for end in range(begin, len(self.tokens)):
            for size in _SIZES:
                self.places[tuple(self.tokens[end - size : end])] = end


class NodeSuffixes:
    """At most `n_tokens` tokens of answers, an eighth of them from one node; whose node is asked least goes first."""

    def __init__(self, n_tokens: int = 100_000) -> None:
        self._limit = n_tokens
        self._nodes: OrderedDict[tuple[str, str], _Said] = OrderedDict()
        self._held = 0

    def learn(self, tenant: str, node_key: str, answer: list[int]) -> None:
        """A node's answer ended. Nothing is kept of requests that name no node."""
        if not node_key or not answer:
            return
        said = self._nodes.setdefault((tenant, node_key), _Said())
        self._nodes.move_to_end((tenant, node_key))
        self._held -= len(said.tokens)
        if len(said.tokens) + len(answer) > self._limit // 8:
            said.tokens, said.places = [], {}
        said.add(answer[: self._limit // 8])
        self._held += len(said.tokens)
        while self._held > self._limit and len(self._nodes) > 1:
            self._held -= len(self._nodes.popitem(last=False)[1].tokens)

    def drafts(self, tenant: str, node_key: str, answer: list[int], most: int) -> tuple[int, ...]:
        """At most `most` tokens that followed the same last words, or the same beginning, in this node's answers."""
        said = self._nodes.get((tenant, node_key))
        if said is None:
            return ()
        self._nodes.move_to_end((tenant, node_key))
        tail = ([_BEFORE] * _SIZES[0] + answer[-_SIZES[0] :])[-_SIZES[0] :]
        for size in _SIZES:
            end = said.places.get(tuple(tail[-size:]))
            if end is not None:
                found = said.tokens[end : end + most]
                return tuple(found[: found.index(_BEFORE)] if _BEFORE in found else found)
        return ()
