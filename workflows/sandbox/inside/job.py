"""One job in one process: lock the door, warm up, wait for the program, run it, say what it came to, end.

Knows limits and what a child gives up; what a program is, the language modules know. Never returns.
"""

from __future__ import annotations

import os
import resource
import sys
from typing import Any, NamedTuple

from . import calls, javascript_program, kernel, messages, python_program, selftest, walls
from .outcome import Printed, ProgramError, failed, plain, succeeded

_RESERVE_BYTES = 2 * 1024 * 1024
_FD = 3
_FILTER = calls.program()


class Limits(NamedTuple):
    """What one job may use."""

    seconds: float
    memory_bytes: int
    reply_bytes: int
    printed_chars: int


def carry_out(fd: int, base_bytes: int, *, privileged: bool) -> None:
    """Everything from here on happens in the child. `base_bytes` is what the process maps before the job."""
    status = 1
    try:
        _lock(fd, privileged=privileged)
        _warm_up()
        limits = Limits(**messages.read(_FD))
        _limit(resource.RLIMIT_CPU, int(limits.seconds) + 2)
        _limit(resource.RLIMIT_AS, base_bytes + limits.memory_bytes + _RESERVE_BYTES)
        messages.write(_FD, _reply(messages.read(_FD), limits))
        status = 0
    finally:
        os._exit(status)


def _lock(fd: int, *, privileged: bool) -> None:
    os.dup2(fd, _FD)
    os.closerange(_FD + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    os.setsid()
    _limit(resource.RLIMIT_NOFILE, 32)
    for nothing in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE, resource.RLIMIT_MEMLOCK, resource.RLIMIT_MSGQUEUE):
        _limit(nothing, 0)
    if privileged:
        walls.become_nobody()
    kernel.set_capabilities(frozenset())
    kernel.hide_memory()
    kernel.filter_calls(_FILTER)


def _warm_up() -> None:
    """Touch the memory a program will use, so that the copies a fork puts off are made before the job comes."""
    python_program.run(_WARM_PYTHON, {"a": [1, 2.5, "x", None]})
    if javascript_program.loaded():
        javascript_program.run(_WARM_JAVASCRIPT, {"a": 1}, Printed(0), _RESERVE_BYTES)


_WARM_PYTHON = """
import json, re
def main(a):
    try:
        return {"text": json.dumps(json.loads('{"a": [1, "b"]}')), "found": re.findall("[a-z]+", "a b"), "a": f"{a}"}
    except ValueError as error:
        print(error)
"""
_WARM_JAVASCRIPT = "function main({a}) { return {a: [a].map((x) => `${x}`)} }"


def _limit(what: int, value: int) -> None:
    resource.setrlimit(what, (value, value))


def _reply(job: dict[str, Any], limits: Limits) -> bytes:
    # Given back when the program has used up its memory, so that there is room to say so.
    reserve = [bytearray(_RESERVE_BYTES)]
    printed = Printed(limits.printed_chars)
    sys.stdout = sys.stderr = printed
    try:
        reply = messages.framed(succeeded(_value(job, printed, limits), printed.text()))
    except MemoryError:
        reserve.clear()
        return messages.framed(failed(ProgramError("code_memory", ""), printed.text()))
    except ProgramError as error:
        return messages.framed(failed(error, printed.text()))
    except (ValueError, RecursionError) as error:
        wrong = ProgramError("code_value", f"The returned value cannot leave the sandbox: {error}")
        return messages.framed(failed(wrong, printed.text()))
    if len(reply) > limits.reply_bytes:
        return messages.framed(failed(ProgramError("code_output_size", ""), printed.text()))
    return reply


def _value(job: dict[str, Any], printed: Printed, limits: Limits) -> Any:
    if job["language"] == "python":
        return python_program.run(job["code"], job["inputs"])
    if job["language"] == "javascript":
        return javascript_program.run(job["code"], job["inputs"], printed, limits.memory_bytes)
    return plain(selftest.holes())
