"""What `manage.py up` prints. Plain lines where the output is a file, colours and marks where it is a terminal."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TextIO

WIDTH = 16


class Console:
    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._colour = self._stream.isatty()
        self._started = time.monotonic()

    def elapsed_s(self) -> float:
        return time.monotonic() - self._started

    def say(self, text: str = "") -> None:
        with contextlib.suppress(OSError):  # who read us may be gone; that is no reason to stop serving
            self._stream.write(f"{text}\n")
            self._stream.flush()

    def done(self, what: str, detail: str, seconds: float | None = None) -> None:
        took = "" if seconds is None else f"{seconds:5.1f} s"
        self.say(f"  {self._paint('✓', 32)} {what:<{WIDTH}} {detail:<24} {took}".rstrip())

    def warn(self, text: str) -> None:
        self.say(f"  {self._paint('!', 33)} {text}")

    def fail(self, text: str) -> None:
        self.say(f"  {self._paint('✗', 31)} {text}")

    def headline(self, text: str) -> None:
        self.say(self._paint(text, 1))

    def _paint(self, text: str, code: int) -> str:
        return f"\033[{code}m{text}\033[0m" if self._colour else text
