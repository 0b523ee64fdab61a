"""What can go wrong while services start: one sentence naming the thing, the place and the remedy."""

from __future__ import annotations


class ServiceError(Exception):
    """A start that cannot go on. `code` is stable; `message` is for the person at the terminal."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
