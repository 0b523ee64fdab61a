"""Jinja2 in a sandbox with limits: no attributes of the host, bounded time, bounded text.

Knows Jinja; knows nothing of nodes. Templates are compiled once per source. The limits work inside the process: the
compiled template holds every loop step, call, filter, operation, value and printed character against a budget.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from jinja2 import Template as Compiled
from jinja2 import TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from workflows.errors import NodeError
from workflows.metering import (
    MAX_CHARS,
    Budget,
    LimitError,
    Ticking,
    budget,
    check_call,
    check_operation,
    guarded,
    joined,
    made,
    printed,
)

_PLAIN = re.compile(r"\{\{ *([A-Za-z_][A-Za-z0-9_]*) *\}\}")
_BARRED_METHODS = frozenset({"format", "format_map", "translate"})


class _Metering(NodeTransformer):
    """Puts the budget into a template's tree: round loops, printed expressions, `~`, and the lists and dicts in it."""

    def visit_For(self, node: nodes.For) -> nodes.Node:
        self.generic_visit(node)
        node.iter = _filter(node.iter, "__ticking")
        return node

    def visit_Output(self, node: nodes.Output) -> nodes.Node:
        self.generic_visit(node)
        node.nodes = [n if isinstance(n, nodes.TemplateData) else _filter(n, "__printed") for n in node.nodes]
        return node

    def visit_List(self, node: nodes.List) -> nodes.Node:
        self.generic_visit(node)
        return _filter(node, "__made")

    def visit_Dict(self, node: nodes.Dict) -> nodes.Node:
        self.generic_visit(node)
        return _filter(node, "__made")

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:
        self.generic_visit(node)
        return _filter(node, "__made") if node.ctx == "load" else node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        return _filter(nodes.List(node.nodes, lineno=node.lineno), "__joined")


def _filter(node: Any, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


class _Environment(ImmutableSandboxedEnvironment):
    """Sandbox whose loops, calls and products are bounded."""

    intercepted_binops = frozenset({"*", "**", "%", "+"})

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree: nodes.Template = _Metering().visit(super()._parse(source, name, filename))
        return tree.set_environment(self)  # type: ignore[return-value]

    def call(self, context: Any, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        name = getattr(obj, "__name__", "")
        if name in _BARRED_METHODS:
            raise SecurityError(f"the method {name!r} of texts is not available")
        subject = getattr(obj, "__self__", None)
        if isinstance(subject, (str, bytes, list, tuple, dict)):
            _, *args = check_call(name, (subject, *args), kwargs)  # type: ignore[assignment]
        else:
            check_call("", args, kwargs)
        return made(super().call(context, obj, *args, **kwargs))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        check_operation(operator, left, right)
        return made(super().call_binop(context, operator, left, right))


def _environment() -> _Environment:
    environment = _Environment(autoescape=False)
    for name in ("lipsum", "cycler", "joiner"):
        environment.globals.pop(name, None)
    environment.filters.pop("format", None)
    environment.filters = {name: guarded(name, function) for name, function in environment.filters.items()}
    environment.tests = {name: guarded(name, function) for name, function in environment.tests.items()}
    environment.filters |= {"__ticking": Ticking, "__printed": printed, "__joined": joined, "__made": made}
    return environment


_environment_instance = _environment()
_NAMES = {
    "true",
    "false",
    "none",
    "True",
    "False",
    "None",
    "self",
    "super",
    "caller",
    "loop",
    *_environment_instance.globals,
}


class Jinja:
    """A compiled template. `loops` tells that a render may take long enough to belong off the event loop; `asks_for`
    holds the names it takes from outside.
    """

    __slots__ = ("_compiled", "asks_for", "loops")

    def __init__(self, compiled: Compiled, *, loops: bool, asks_for: frozenset[str]) -> None:
        self._compiled = compiled
        self.loops = loops
        self.asks_for = asks_for

    def render(self, values: dict[str, Any]) -> str:
        """The text. Raises NodeError, with the line where known, when the template fails or goes over its limits."""
        template = self._compiled
        token = budget.set(Budget())
        try:
            return _collect(template, values)
        except (LimitError, MemoryError, OverflowError, RecursionError) as error:
            reason = str(error) or "it is nested too deeply"
            raise _failed("template_limit", f"The template was stopped: {reason}.", template, error) from error
        except SecurityError as error:
            raise _failed("template_forbidden", f"The template may not do this: {error}", template, error) from error
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
            raise _failed("template_failed", f"The template failed: {error}", template, error) from error
        finally:
            budget.reset(token)


class BrokenJinja(Jinja):
    """A template that could not be compiled: rendering it says why."""

    __slots__ = ("_line", "_message")

    def __init__(self, message: str, line: int) -> None:
        self._message, self._line = message, line
        self.loops, self.asks_for = False, frozenset()

    def render(self, values: dict[str, Any]) -> str:
        raise NodeError("template_syntax", self._message, line=self._line, retryable=False)


class PlainJinja(Jinja):
    """A template of literal text and `{{ name }}` only: the same result without Jinja's cost."""

    __slots__ = ("_parts",)

    def __init__(self, parts: list[str]) -> None:
        self._parts = parts
        self.loops = False
        self.asks_for = frozenset(parts[1::2])

    def render(self, values: dict[str, Any]) -> str:
        parts = self._parts.copy()
        for i in range(1, len(parts), 2):
            parts[i] = str(values.get(parts[i], ""))
        text = "".join(parts)
        if len(text) > MAX_CHARS:
            message = f"The template was stopped: its text is longer than {MAX_CHARS:,} characters."
            raise NodeError("template_limit", message, field="template", retryable=False)
        return text


@lru_cache(maxsize=4096)
def compile_jinja(source: str) -> Jinja:
    """The compiled template. Raises jinja2.TemplateSyntaxError, which names the line."""
    parts = _PLAIN.split(source[:-1] if source.endswith("\n") else source)
    if not any("{{" in part or "{%" in part or "{#" in part for part in parts[::2]) and not _NAMES.intersection(
        parts[1::2]
    ):
        return PlainJinja(parts)
    try:
        compiled = _environment_instance.from_string(source)
        tree = _environment_instance.parse(source)
    except TemplateSyntaxError:
        raise
    except (RecursionError, SyntaxError, MemoryError) as error:
        raise TemplateSyntaxError("the template is nested too deeply", 1) from error
    return Jinja(
        compiled,
        loops=any(tree.find(kind) for kind in (nodes.For, nodes.Macro)),
        asks_for=frozenset(meta.find_undeclared_variables(tree)) - _NAMES,
    )


def _collect(template: Compiled, values: dict[str, Any]) -> str:
    pieces: list[str] = []
    size = 0
    for piece in template.root_render_func(template.new_context(values)):
        size += len(piece)
        if size > MAX_CHARS:
            raise LimitError(f"its text is longer than {MAX_CHARS:,} characters")
        pieces.append(piece)
    return "".join(pieces)


def _failed(code: str, message: str, template: Compiled, error: BaseException) -> NodeError:
    """The error with the template line its traceback points to; generated frames are named `<template>`."""
    trace, line = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = template.get_corresponding_lineno(trace.tb_lineno)
        trace = trace.tb_next
    return NodeError(code, message, field="template", line=line, retryable=False)
