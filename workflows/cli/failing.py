"""What the command line says when it was asked for something that cannot be."""

from __future__ import annotations


class CommandError(Exception):
    """A wrong command line: one sentence for people. The command ends with exit code 2."""
