"""Leaves a model free to think before its answer is bound. Knows the token that ends thinking."""

from __future__ import annotations

from inference.constraint import Constraint
from inference.errors import InferenceError


class AfterThinking:
    """A Constraint that begins with the token `end`; before it everything is allowed but to stop."""

    def __init__(self, inner: Constraint, end: int, eos_ids: frozenset[int], vocab_size: int) -> None:
        self._inner = inner
        self._end = end
        self._thinking = True
        bits = (1 << vocab_size) - 1
        for token in eos_ids:
            bits &= ~(1 << token)
        self._free = bits.to_bytes(-(-vocab_size // 32) * 4, "little")

    @property
    def ended(self) -> bool:
        return not self._thinking and self._inner.ended

    @property
    def failure(self) -> InferenceError | None:
        return self._inner.failure

    def begin(self) -> list[int]:
        return []

    def allowed(self) -> bytes:
        return self._free if self._thinking else self._inner.allowed()

    def take(self, token: int) -> list[int]:
        if not self._thinking:
            return self._inner.take(token)
        self._thinking = token != self._end
        return [] if self._thinking else self._inner.begin()
