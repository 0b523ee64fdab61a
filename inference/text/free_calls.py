"""Leaves an answer free until it begins a call, and binds the call. Knows the token that begins one."""

from __future__ import annotations

from collections.abc import Callable

from inference.constraint import Constraint
from inference.errors import InferenceError


class FreeCalls:
    """A Constraint: everything is allowed up to the token `opens`, then what `bind` makes, and when that has ended
    everything again.
    """

    def __init__(self, bind: Callable[[], Constraint], opens: int, vocab_size: int) -> None:
        """`bind` is called on the engine's thread, for every call, and must not take long."""
        self._bind = bind
        self._opens = opens
        self._call: Constraint | None = None
        self._free = ((1 << vocab_size) - 1).to_bytes(-(-vocab_size // 32) * 4, "little")

    @property
    def ended(self) -> bool:
        """Never: a free answer ends with the model's own end token."""
        return False

    @property
    def failure(self) -> InferenceError | None:
        return self._call.failure if self._call is not None else None

    def begin(self) -> list[int]:
        return []

    def allowed(self) -> bytes:
        return self._free if self._call is None else self._call.allowed()

    def take(self, token: int) -> list[int]:
        if self._call is not None:
            return self._until_ended(self._call, self._call.take(token))
        if token != self._opens:
            return []
        self._call = self._bind()
        return self._until_ended(self._call, self._call.begin())

    def _until_ended(self, call: Constraint, forced: list[int]) -> list[int]:
        if call.failure is None and call.ended:
            self._call = None
        return forced
