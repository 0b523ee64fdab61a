"""The `Code` port: runs each program where it runs fastest, and never where it is not safe.

Python goes to Monty first; what Monty cannot do goes to isolated CPython, which has the last word on every failure.
That is sound because programs have no effects: running one twice changes nothing. Where a program ended up is
remembered. JavaScript is isolated always.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import lru_cache

import msgspec

from workflows.errors import CodeError
from workflows.ports import CodeReply, CodeRequest
from workflows.sandbox.isolated import IsolatedCode
from workflows.sandbox.limits import Limits, limits_from
from workflows.sandbox.monty import MontyCode

_MONTY_S = 1.0
_REMEMBERED = 4096
_MONTY_MODULES = frozenset(
    [
        "__future__",
        "base64",
        "collections",
        "copy",
        "dataclasses",
        "datetime",
        "decimal",
        "functools",
        "hashlib",
        "itertools",
        "json",
        "math",
        "random",
        "re",
        "time",
        "typing",
        "unicodedata",
    ]
)
_FINAL = frozenset({"code_busy", "code_crashed"})


class SandboxFacts(msgspec.Struct, frozen=True):
    """Whether programs can be isolated here, and if not, why and what to do."""

    isolated: bool
    message: str = ""


class Sandbox:
    """Monty, and behind it isolated processes. One instance serves one event loop; close it at the end."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._monty = MontyCode(self._limits.processes)
        self._isolated = IsolatedCode(self._limits)
        self._slow: dict[str, None] = {}

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Sandbox:
        """A sandbox with the limits that an operator set."""
        return cls(limits_from(environment))

    async def facts(self) -> SandboxFacts:
        """Start, test and tell."""
        refusal = await self._isolated.refusal()
        return SandboxFacts(refusal is None, refusal or "")

    async def run(self, request: CodeRequest) -> CodeReply:
        """Call `main(**inputs)`. Raises CodeError within about the time allowed, whatever the program does."""
        if request.language not in ("python", "javascript"):
            raise CodeError("code_language", f"There is no sandbox for {request.language!r}.")
        limits = self._limits.of(request)
        if request.language == "javascript" or request.code in self._slow or not _suits_monty(request.code):
            return await self._isolated.run(request, limits)
        short = msgspec.structs.replace(limits, timeout_s=min(limits.timeout_s, _MONTY_S))
        try:
            return await self._monty.run(request, short)
        except CodeError as error:
            if error.code in _FINAL:
                raise
            if (refusal := await self._isolated.refusal()) is None:
                return await self._second_opinion(request, limits)
            if error.code == "code_unsupported":
                raise CodeError("sandbox_unavailable", f"{error.message}. {refusal}", line=error.line) from error
            if error.code == "code_timeout" and short.timeout_s < limits.timeout_s:
                return await self._monty.run(request, limits)
            raise

    async def close(self) -> None:
        """End every process."""
        await self._monty.close()
        await self._isolated.close()

    async def _second_opinion(self, request: CodeRequest, limits: Limits) -> CodeReply:
        try:
            reply = await self._isolated.run(request, limits)
        except CodeError as error:
            if error.code == "code_timeout":
                self._remember(request.code)
            raise
        self._remember(request.code)
        return reply

    def _remember(self, code: str) -> None:
        self._slow[code] = None
        if len(self._slow) > _REMEMBERED:
            del self._slow[next(iter(self._slow))]


@lru_cache(maxsize=_REMEMBERED)
def _suits_monty(code: str) -> bool:
    """False when it can be seen that Monty will not do: modules it lacks, or an async main."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and not {alias.name for alias in node.names} <= _MONTY_MODULES:
            return False
        if isinstance(node, ast.ImportFrom) and node.module not in _MONTY_MODULES:
            return False
    return not any(isinstance(node, ast.AsyncFunctionDef) and node.name == "main" for node in tree.body)
