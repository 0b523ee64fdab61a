"""A tool that runs Python programs in the run's sandbox.

Models write scripts as often as functions: of a program without `main`, what it prints and the value of its last line
are the result.
"""

from __future__ import annotations

import ast
import json
from typing import Any

from workflows.context import Context
from workflows.errors import ToolError
from workflows.ports import CodeRequest, ToolResult
from workflows.tools.base import Tool, arguments, text
from workflows.values import clean


class RunPython(Tool):
    """One program."""

    name = "run_python"
    description = (
        "Runs a Python program without network or files and gives what it prints and returns. "
        "Either define main(), which may take the inputs by name and returns the result, or write a script."
    )
    parameters = arguments(
        ["code"],
        code=text("The program."),
        inputs={"type": "object", "description": "Values that main() is given by name."},
        timeout_s={"type": "number", "minimum": 1, "maximum": 60, "default": 15},
    )
    personal = frozenset({"timeout_s"})

    async def call(self, ctx: Context, arguments: dict[str, Any], *, key: str) -> ToolResult:
        request = CodeRequest(
            language="python",
            code=program_of(arguments["code"]),
            inputs=arguments.get("inputs") or {},
            timeout_s=arguments.get("timeout_s") or 15,
            run_id=ctx.run_id,
            node_id=ctx.node_id,
        )
        reply = await ctx.code.run(request)
        value = clean(reply.value)
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        parts = [reply.printed.strip(), "" if value is None else shown]
        return ToolResult(text="\n".join(filter(None, parts)) or "(no output)", json=[] if value is None else [value])


def program_of(code: str) -> str:
    """The program with a `main`: its own, or one that gives the value of the last line. Raises ToolError."""
    try:
        tree = ast.parse(code)
    except SyntaxError as error:
        raise ToolError("code_syntax", f"The program is wrong at line {error.lineno}: {error.msg}.") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise ToolError("code_syntax", f"The program cannot be read: {error}.") from error
    if any(isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)) and part.name == "main" for part in tree.body):
        return code
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        return f"{code}\n\ndef main(**_given):\n    return None\n"
    lines = code.splitlines()
    head = "\n".join(lines[: last.lineno - 1])
    value = ast.unparse(last.value)
    return f"{head}\n_last = {value}\n\ndef main(**_given):\n    return _last\n"


TOOLS = (RunPython(),)
