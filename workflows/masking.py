"""Keeps the values of secret variables out of what people read of a run.

Knows values and texts. What a node gives on is never touched, or the nodes after it would read something else: only
what it tells of its inputs, of its work, and of why it failed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from workflows.definition import VariableDef

MASK = "••••••"
SECRET = "secret"

# Shorter ones are no secrets, and occur in too many texts.
_MIN_CHARS = 4


def secrets_in(variables: Iterable[VariableDef]) -> Sequence[str]:
    """The values of the secret variables among these, longest first, as one may be part of another."""
    found = {variable.value for variable in variables if variable.type == SECRET and isinstance(variable.value, str)}
    return sorted((value for value in found if len(value) >= _MIN_CHARS), key=lambda value: (-len(value), value))


def masked(value: Any, secrets: Sequence[str]) -> Any:
    """The value with every text in it that holds a secret changed."""
    match value:
        case str():
            for secret in secrets:
                value = value.replace(secret, MASK)
            return value
        case dict():
            return {key: masked(item, secrets) for key, item in value.items()}
        case list():
            return [masked(item, secrets) for item in value]
        case _:
            return value
