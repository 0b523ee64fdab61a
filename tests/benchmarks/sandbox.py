"""How long a code node's program takes on each path of the sandbox, from request to reply."""

from __future__ import annotations

import asyncio
import statistics
import time

from workflows.ports import CodeRequest
from workflows.sandbox import Sandbox

CALLS = 300
PROGRAMS = {
    "Python, fast path (Monty)": ("python", "def main(a):\n    return {'b': a + 1}"),
    "Python, isolated CPython": ("python", "import string\ndef main(a):\n    return {'b': a + 1}"),
    "JavaScript, isolated QuickJS": ("javascript", "function main({a}) { return {b: a + 1} }"),
}


def table() -> str:
    """Medians and 90th percentiles as Markdown."""
    rows = asyncio.run(_measure())
    lines = ["| program | median | 90th percentile |", "| --- | ---: | ---: |"]
    return "\n".join([*lines, *(f"| {name} | {median:.2f} ms | {late:.2f} ms |" for name, median, late in rows)])


async def _measure() -> list[tuple[str, float, float]]:
    sandbox, rows = Sandbox(), []
    try:
        for name, (language, code) in PROGRAMS.items():
            request, taken = CodeRequest(language=language, code=code, inputs={"a": 1}), []
            await sandbox.run(request)
            for _ in range(CALLS):
                began = time.perf_counter()
                await sandbox.run(request)
                taken.append((time.perf_counter() - began) * 1e3)
                # A workflow does other things between two programs; a spare child is forked meanwhile.
                await asyncio.sleep(0.005)
            rows.append((name, statistics.median(taken), sorted(taken)[int(CALLS * 0.9)]))
    finally:
        await sandbox.close()
    return rows
