"""How long answers turn out, by the workflow node that asked: what to reserve, instead of the most that is allowed.

A histogram a node over powers of sqrt(2), older answers fading. Knows no pages.
"""

from __future__ import annotations

import math
from collections import OrderedDict

_BUCKETS = 40
_FADE = 0.98
_MAX_NODES = 4096


def _bucket(n_tokens: int) -> int:
    return min(_BUCKETS - 1, max(0, math.ceil(2 * math.log2(max(1, n_tokens)))))


class LengthBook:
    """`quantile` of a node's own answers is what the next is expected to take."""

    def __init__(self, quantile: float = 0.7) -> None:
        self._quantile = quantile
        self._nodes: OrderedDict[str, list[float]] = OrderedDict()
        self._mean = 256.0

    def expect(self, node_key: str, max_tokens: int) -> int:
        """Tokens the answer will probably have, at most `max_tokens`; of an unknown node the mean of all."""
        counts = self._nodes.get(node_key)
        if counts is None:
            return max(1, min(max_tokens, round(self._mean)))
        wanted = self._quantile * sum(counts)
        seen = 0.0
        for bucket, count in enumerate(counts):
            seen += count
            if seen >= wanted:
                return max(1, min(max_tokens, round(2 ** (bucket / 2))))
        return max_tokens

    def learn(self, node_key: str, n_tokens: int) -> None:
        """An answer ended by itself with `n_tokens`, or was cut off there, beyond what was expected."""
        self._mean += 0.05 * (n_tokens - self._mean)
        if not node_key:
            return
        counts = self._nodes.pop(node_key, None) or [0.0] * _BUCKETS
        self._nodes[node_key] = [count * _FADE for count in counts]
        self._nodes[node_key][_bucket(n_tokens)] += 1
        if len(self._nodes) > _MAX_NODES:
            self._nodes.popitem(last=False)
