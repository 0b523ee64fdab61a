"""What a program came to, in plain data: its value, what it printed, or the error that ended it.

Knows the codes both languages share; knows no language.
"""

from __future__ import annotations

import io
from typing import Any


class ProgramError(Exception):
    """The program is wrong or went wrong, said so that its author understands."""

    def __init__(self, code: str, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message[:1000]
        self.line = line


class Printed(io.TextIOBase):
    """Where a program prints: keeps the first `limit` characters and forgets the rest."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._parts: list[str] = []

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        kept = text[: self._left]
        if kept:
            self._parts.append(kept)
            self._left -= len(kept)
        return len(text)

    def text(self) -> str:
        return "".join(self._parts)


def plain(value: Any, depth: int = 0) -> Any:
    """The value as JSON can hold it: sets and tuples become lists, keys text, what is unknown its text."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if value == value and value not in (float("inf"), float("-inf")) else None
    if depth > 200:
        raise ProgramError("code_value", "The returned value is nested too deeply, or contains itself.")
    if isinstance(value, dict):
        return {str(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item, depth + 1) for item in value]
    return str(value)


def succeeded(value: Any, printed: str) -> dict[str, Any]:
    return {"value": value, "printed": printed, "error": None}


def failed(error: ProgramError, printed: str) -> dict[str, Any]:
    return {
        "value": None,
        "printed": printed,
        "error": {"code": error.code, "message": error.message, "line": error.line},
    }
