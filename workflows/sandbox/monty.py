"""Runs Python programs on Monty, an interpreter without files, network or environment, in worker processes.

A program that runs too long or wants too much memory ends in an error; a worker that does not end is killed and
replaced, so nothing a program does can hold up its host. Knows nothing of nodes. What Monty does not have (most of
the standard library, third-party packages, some of the language) is named in the error.
"""

from __future__ import annotations

import asyncio

import pydantic_monty as monty

from workflows.errors import CodeError
from workflows.ports import CodeReply, CodeRequest
from workflows.sandbox.limits import Limits, late, too_large

_CALL = "\n\nmain(**__inputs__)\n"
_MAX_PRINTED_BYTES = 1024 * 1024
_CHECKOUT_S = 30.0
_GRACE_S = 5.0
_UNSUPPORTED = (ImportError, NotImplementedError)


class MontyCode:
    """A pool of workers, started at the first call. One instance serves one event loop; close it at the end."""

    def __init__(self, processes: int = 2) -> None:
        self._processes = processes
        self._pool: monty.AsyncMonty | None = None
        self._lock = asyncio.Lock()

    async def run(self, request: CodeRequest, limits: Limits) -> CodeReply:
        """Call `main(**inputs)`. Raises CodeError within about `limits.timeout_s`, whatever the program does."""
        pool = await self._started()
        printed = monty.CollectString(_MAX_PRINTED_BYTES)
        # Sleeping does not count as running, so the outer limit is the one that always holds.
        outer_s = 2 * limits.timeout_s + _CHECKOUT_S + _GRACE_S
        try:
            async with asyncio.timeout(outer_s), pool.checkout(limits=_limits(limits)) as session:
                value = await session.feed_run(
                    request.code + _CALL, inputs={"__inputs__": request.inputs}, print_callback=printed
                )
        except monty.MontyError as error:
            raise _translated(error, limits) from error
        except TimeoutError as error:
            raise CodeError("code_busy", "Every sandbox is busy. Try again later.") from error
        return CodeReply(value, printed.output[: limits.printed_chars], "monty")

    async def close(self) -> None:
        """End the workers."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.__aexit__(None, None, None)

    async def _started(self) -> monty.AsyncMonty:
        async with self._lock:
            if self._pool is None:
                pool = monty.AsyncMonty(min_processes=1, max_processes=self._processes, checkout_timeout=_CHECKOUT_S)
                await pool.__aenter__()
                self._pool = pool
            return self._pool


def _limits(limits: Limits) -> monty.ResourceLimits:
    return {
        "max_feed_duration_secs": limits.timeout_s,
        "max_total_sleep_secs": limits.timeout_s,
        "max_memory": limits.memory_mb * 1024 * 1024,
        "max_recursion_depth": 500,
    }


def _translated(error: monty.MontyError, limits: Limits) -> CodeError:
    if isinstance(error, monty.MontyCrashedError):
        if error.timed_out:
            return late(limits)
        return CodeError("code_crashed", "The program brought its sandbox down; it may need too much memory.")
    if isinstance(error, monty.MontyConversionError):
        return CodeError("code_value", f"A value cannot enter or leave the sandbox: {error}")
    cause = error.exception()
    line = _line(error)
    if isinstance(cause, TimeoutError):
        return late(limits)
    if isinstance(cause, MemoryError):
        return too_large(limits, line)
    if isinstance(error, monty.MontySyntaxError):
        return CodeError("code_syntax", f"The sandbox cannot read the program: {_message(cause)}", line=line)
    if isinstance(cause, _UNSUPPORTED) or "not supported in this environment" in str(cause):
        return CodeError(
            "code_unsupported", f"The sandbox does not have what the program needs: {_message(cause)}", line=line
        )
    where = f" at line {line}" if line else ""
    return CodeError("code_failed", f"The program failed{where}: {type(cause).__name__}: {_message(cause)}", line=line)


def _message(cause: BaseException) -> str:
    return str(cause)[:500] or type(cause).__name__


def _line(error: monty.MontyError) -> int | None:
    """The innermost line of the program itself."""
    if not isinstance(error, (monty.MontyRuntimeError, monty.MontySyntaxError)):
        return None
    frames = error.traceback()
    return frames[-1].line if frames else None
