"""Code: runs a small Python or JavaScript program on values of the graph, apart from the host.

Knows the program's contract (Python: `main(**inputs) -> dict`; JavaScript: `main({...inputs})` returns an object); what
may come back, `nodes.returned` knows, and the sandbox is the `Code` port.
"""

from __future__ import annotations

import ast
import re
from typing import Any, Literal

from pydantic import Field

from workflows.context import Context
from workflows.errors import CodeError, NodeError
from workflows.kinds import NodeType, Result, Step
from workflows.nodes.fields import Inputs, NodeConfig, widget
from workflows.nodes.returned import OutputType, accept_outputs
from workflows.nodes.rows import input_refs, read_inputs
from workflows.ports import CodeRequest
from workflows.scope import Scope
from workflows.values import clean


class CodeOutput(NodeConfig):
    """The type of one value the program returns."""

    type: OutputType = "string"


class Config(NodeConfig):
    """The program, what it is given and what it returns."""

    language: Literal["python", "javascript"] = Field(default="python", json_schema_extra=widget("select"))
    code: str = Field(default="", json_schema_extra=widget("code"))
    inputs: Inputs = []
    outputs: dict[str, CodeOutput] = Field(default={}, json_schema_extra=widget("outputs"))


class Code(NodeType[Config]):
    """See the module."""

    kind = "code"
    family = "code"
    config = Config
    outputs_from = "outputs"

    def outputs_of(self, config: Config) -> dict[str, str] | None:
        return {name: output.type for name, output in config.outputs.items()}

    def fresh(self) -> dict[str, Any]:
        inputs = [{"name": "text", "selector": []}]
        return {"language": "python", "code": _FRESH, "inputs": inputs, "outputs": {"result": {"type": "string"}}}

    def build(self, config: Config, scope: Scope) -> Step:
        check = check_python if config.language == "python" else check_javascript
        check(config.code, [row.name for row in config.inputs], scope)
        rows = input_refs(config.inputs, scope)
        types = {name: output.type for name, output in config.outputs.items()}

        async def run(ctx: Context) -> Result:
            inputs = read_inputs(rows, ctx)
            request = CodeRequest(
                language=config.language, code=config.code, inputs=inputs, run_id=ctx.run_id, node_id=ctx.node_id
            )
            try:
                reply = await ctx.code.run(request)
                outputs = accept_outputs(types, clean(reply.value))
            except CodeError as error:
                raise NodeError(
                    error.code,
                    error.message,
                    field="code",
                    line=error.line,
                    retryable=error.code == "code_busy",
                    inputs=inputs,
                ) from error
            return Result(outputs, inputs, facts={"runtime": reply.runtime, "printed": reply.printed})

        return Step(task=run, timeout_s=60)


def check_python(source: str, names: list[str], scope: Scope) -> None:
    """Report what can be seen to be wrong without running: syntax, no `main`, parameters nobody fills."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        scope.soft_fault("code_syntax", f"The program is wrong at line {error.lineno}: {error.msg}.", "code")
        return
    except (ValueError, RecursionError, MemoryError) as error:
        scope.soft_fault("code_syntax", f"The program cannot be read: {error}.", "code")
        return
    main = next((node for node in tree.body if isinstance(node, _FUNCTIONS) and node.name == "main"), None)
    if main is None:
        scope.soft_fault("code_no_main", "The program must define a function called main.", "code")
        return
    _check_parameters(main.args, names, scope)


def check_javascript(source: str, names: list[str], scope: Scope) -> None:
    """Report a program without a `main`; the rest only running it can tell."""
    if _MAIN.search(source) is None:
        scope.soft_fault("code_no_main", "The program must define a function called main.", "code")


def _check_parameters(args: ast.arguments, names: list[str], scope: Scope) -> None:
    positional = [arg.arg for arg in [*args.posonlyargs, *args.args]]
    optional = set(positional[len(positional) - len(args.defaults) :]) if args.defaults else set()
    optional |= {arg.arg for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True) if default is not None}
    known = [*positional, *(arg.arg for arg in args.kwonlyargs)]
    for name in known:
        if name not in names and name not in optional:
            scope.fault("code_inputs", f"main() wants {name!r}, which is not among the inputs.", "inputs", "warning")
    for name in names:
        if name not in known and args.kwarg is None:
            scope.fault("code_inputs", f"main() does not take the input {name!r}.", "inputs", "warning")


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_MAIN = re.compile(r"\bmain\b")
_FRESH = """def main(text: str) -> dict:
    return {"result": text.upper()}
"""

NODE = Code()
