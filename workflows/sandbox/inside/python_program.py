"""Runs one Python program: `main(**inputs)`, which may be async.

Knows how Python fails and says it in the program's own terms; knows nothing of walls.
"""

from __future__ import annotations

import asyncio
import inspect
from types import TracebackType
from typing import Any

from .modules import Barred, fenced_builtins
from .outcome import ProgramError, plain

_FILE = "<program>"


def run(source: str, inputs: dict[str, Any]) -> Any:
    """What `main` returned, as plain data. Raises ProgramError or MemoryError."""
    space: dict[str, Any] = {"__name__": "program", "__builtins__": fenced_builtins()}
    try:
        exec(compile(source, _FILE, "exec", dont_inherit=True), space)
        main = space.get("main")
        if not callable(main):
            raise ProgramError("code_no_main", "The program must define a function called main.")
        returned = main(**inputs)
        if inspect.iscoroutine(returned):
            returned = asyncio.run(returned)
        return plain(returned)
    except (ProgramError, MemoryError):
        raise
    except BaseException as error:
        raise _said(error) from None


def _said(error: BaseException) -> ProgramError:
    kind = type(error).__name__
    try:
        text = str(error)[:500] or kind
    except BaseException:
        text = kind
    if isinstance(error, SyntaxError) and error.filename == _FILE:
        return ProgramError("code_syntax", f"The program is wrong at line {error.lineno}: {error.msg}.", error.lineno)
    line = _line(error.__traceback__)
    if isinstance(error, Barred):
        return ProgramError("code_unsupported", f"The sandbox does not have what the program needs: {text}.", line)
    where = f" at line {line}" if line else ""
    return ProgramError("code_failed", f"The program failed{where}: {kind}: {text}", line)


def _line(trace: TracebackType | None) -> int | None:
    """The innermost line of the program itself."""
    line = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == _FILE:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
