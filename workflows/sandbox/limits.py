"""What one program may use, where an operator says otherwise, and how going over it is reported.

Knows the environment variables `WEFT_CODE_*`; knows no sandbox.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from workflows.errors import CodeError
from workflows.ports import CodeRequest

_PREFIX = "WEFT_CODE_"


class Limits(msgspec.Struct, frozen=True):
    """Wall time, memory and sizes of one program, and how many run at once in one worker process."""

    timeout_s: float = 10.0
    memory_mb: int = 128
    output_kb: int = 4096
    printed_chars: int = 20_000
    processes: int = 4

    def of(self, request: CodeRequest) -> Limits:
        """These limits, lowered to what the request asks for."""
        timeout_s = self.timeout_s if request.timeout_s is None else min(self.timeout_s, request.timeout_s)
        memory_mb = self.memory_mb if request.memory_mb is None else min(self.memory_mb, request.memory_mb)
        return msgspec.structs.replace(self, timeout_s=timeout_s, memory_mb=memory_mb)


def limits_from(environment: Mapping[str, str]) -> Limits:
    """The defaults, or instead `WEFT_CODE_TIMEOUT_S`, `_MEMORY_MB`, `_OUTPUT_KB`, `_PRINTED_CHARS`, `_PROCESSES`.

    Raises ValueError, naming the variable, for what is no positive number.
    """
    values: dict[str, float | int] = {}
    for field in msgspec.structs.fields(Limits):
        name = _PREFIX + field.name.upper()
        if text := environment.get(name, "").strip():
            values[field.name] = _positive(name, text, field.type)
    return msgspec.convert(values, Limits)


def _positive(name: str, text: str, kind: type) -> float | int:
    try:
        value: float | int = kind(text)
    except ValueError:
        value = 0
    if not 0 < value < 1_000_000:
        raise ValueError(f"{name} must be a positive {'whole ' if kind is int else ''}number, and is {text!r}.")
    return value


def late(limits: Limits) -> CodeError:
    """The error of a program that took too long."""
    return CodeError("code_timeout", f"The program ran for more than {limits.timeout_s:g} seconds.")


def too_large(limits: Limits, line: int | None = None) -> CodeError:
    """The error of a program that wanted too much memory."""
    return CodeError("code_memory", f"The program used more than {limits.memory_mb} MB of memory.", line=line)
