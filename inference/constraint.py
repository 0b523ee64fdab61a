"""What an answer may say next, as the engine asks for it. How that is known is no matter of the engine's."""

from __future__ import annotations

from typing import Protocol

from inference.errors import InferenceError


class Constraint(Protocol):
    """The state of one answer under its grammar. Called from one thread; masks may be computed on others meanwhile."""

    def begin(self) -> list[int]:
        """Called once, first. The tokens with which every answer starts, booked already."""
        ...

    def allowed(self) -> bytes:
        """One bit a token, in little-endian int32 words that cover the model's vocabulary: set where the token may
        come next. Waits until that is known. End tokens are allowed where the answer may end."""
        ...

    def take(self, token: int) -> list[int]:
        """Book a token that was allowed. Returns the tokens that must follow it, booked too."""
        ...

    @property
    def ended(self) -> bool:
        """The answer is complete, and nothing may follow."""
        ...

    @property
    def failure(self) -> InferenceError | None:
        """Why it cannot go on, such as a grammar that became too expensive; None while it can."""
        ...
