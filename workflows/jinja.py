"""Jinja2 in a sandbox with limits: no attributes of the host, bounded time, bounded text.

Knows Jinja; knows nothing of nodes. Templates are compiled once per source. The limits work inside the process:
the compiled template counts every loop step, call, filter, product and printed character against a budget.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import lru_cache, wraps
from typing import Any

from jinja2 import Template as Compiled
from jinja2 import TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from workflows.errors import NodeError

MAX_CHARS = 400_000
MAX_SECONDS = 2.0
_MAX_SIZE = 10 * MAX_CHARS
_MAX_BITS = 10_000
_WIDE_METHODS = frozenset({"ljust", "rjust", "center", "zfill", "expandtabs", "replace", "join"})
_PLAIN = re.compile(r"\{\{ *([A-Za-z_][A-Za-z0-9_]*) *\}\}")
_BARRED_METHODS = frozenset({"format", "format_map"})


class LimitError(Exception):
    """A template went over its time or size."""


class _Budget:
    """What one render may still use."""

    __slots__ = ("chars", "deadline")

    def __init__(self) -> None:
        self.deadline = time.monotonic() + MAX_SECONDS
        self.chars = _MAX_SIZE

    def tick(self) -> None:
        if time.monotonic() > self.deadline:
            raise LimitError(f"it ran for more than {MAX_SECONDS:g} seconds")

    def spend(self, chars: int) -> None:
        self.chars -= chars
        if self.chars < 0:
            raise LimitError("it makes too much text")


# Unset while compiling: a filter that Jinja tries to fold then raises LookupError, and is left for the render.
_budget: ContextVar[_Budget] = ContextVar("jinja_budget")


class _Ticking:
    """An iterable that looks at the clock at every step."""

    def __init__(self, items: Any) -> None:
        self._items = items

    def __iter__(self) -> Iterator[Any]:
        budget = _budget.get()
        for item in self._items:
            budget.tick()
            yield item

    def __len__(self) -> int:
        return len(self._items)


def _counted(value: Any) -> Any:
    _budget.get().spend(len(value) if isinstance(value, str) else 16)
    return value


def _joined(values: list[Any]) -> str:
    return "".join([str(_counted(value)) for value in values])


class _Metering(NodeTransformer):
    """Puts the budget into a template's tree: round loops, printed expressions and `~`."""

    def visit_For(self, node: nodes.For) -> nodes.Node:
        self.generic_visit(node)
        node.iter = _filter(node.iter, "__ticking")
        return node

    def visit_Output(self, node: nodes.Output) -> nodes.Node:
        self.generic_visit(node)
        node.nodes = [n if isinstance(n, nodes.TemplateData) else _filter(n, "__counted") for n in node.nodes]
        return node

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
        _budget.get().tick()
        name = getattr(obj, "__name__", "")
        if name in _BARRED_METHODS:
            raise SecurityError(f"the method {name!r} of texts is not available")
        if name in _WIDE_METHODS:
            _check_wide(getattr(obj, "__self__", ""), args, kwargs)
        return super().call(context, obj, *args, **kwargs)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        _check_product(operator, left, right)
        return _sized(super().call_binop(context, operator, left, right))


def _check_wide(subject: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    values = [*args, *kwargs.values()]
    if any(isinstance(value, int) and abs(value) > MAX_CHARS for value in values):
        raise LimitError("it makes too much text")
    longest = max((len(value) for value in values if isinstance(value, str)), default=0)
    if isinstance(subject, str) and (len(subject) + 1) * longest > 10 * _MAX_SIZE:
        raise LimitError("it makes too much text")


def _check_product(operator: str, left: Any, right: Any) -> None:
    if operator == "*":
        for one, other in ((left, right), (right, left)):
            if isinstance(one, (str, list, tuple)) and isinstance(other, int) and len(one) * other > _MAX_SIZE:
                raise LimitError("a repetition is too long")
    if operator in ("*", "**") and isinstance(left, int) and isinstance(right, int):
        bits = left.bit_length() * max(right, 1) if operator == "**" else left.bit_length() + right.bit_length()
        if bits > _MAX_BITS:
            raise LimitError("a number is too large")
    if operator == "%" and isinstance(left, str):
        raise SecurityError("formatting with % is not available")


def _sized(value: Any) -> Any:
    if isinstance(value, (str, list, tuple)) and len(value) > _MAX_SIZE:
        raise LimitError("a value is too large")
    return value


def _guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    # `wraps` keeps `jinja_pass_arg`, by which Jinja decides what to hand to a filter.
    @wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        _budget.get().tick()
        subject = next((arg for arg in args if isinstance(arg, str)), "")
        _check_wide(subject, args, kwargs)
        return _sized(function(*args, **kwargs))

    return guarded


def _environment() -> _Environment:
    environment = _Environment(autoescape=False)
    for name in ("lipsum", "cycler", "joiner"):
        environment.globals.pop(name, None)
    environment.filters.pop("format", None)
    environment.filters = {name: _guarded(function) for name, function in environment.filters.items()}
    environment.filters |= {"__ticking": _Ticking, "__counted": _counted, "__joined": _joined}
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
        token = _budget.set(_Budget())
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
            _budget.reset(token)


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
    except RecursionError as error:
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
