"""What can go wrong with a file, as a sentence for whoever chose it."""

from __future__ import annotations


class ParseError(Exception):
    """The file cannot be read. `message` says why and what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
