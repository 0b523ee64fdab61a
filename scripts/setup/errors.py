"""The one error of set-up: a sentence that names the thing and the remedy, shown without a traceback."""

from __future__ import annotations


class SetupError(Exception):
    """`str(error)` is for the person at the terminal."""
