"""Jinja2 in a sandbox with limits: no attributes of the host, bounded time, bounded text.

Knows Jinja; knows nothing of nodes. Templates are compiled once per source. The limits work inside the process: the
compiled template holds every loop step, call, filter, operation, value and printed character against a budget.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, wraps
from typing import Any

from jinja2 import Template as Compiled
from jinja2 import TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.filters import do_format
from jinja2.lexer import Token, TokenStream
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from workflows.errors import NodeError
from workflows.formats import check_braces, check_percent
from workflows.metering import (
    MAX_CHARS,
    Budget,
    LimitError,
    Ticking,
    budget,
    change,
    check_call,
    check_operation,
    guarded,
    joined,
    literal,
    made,
    printed,
)
from workflows.values import outweighs

_PLAIN = re.compile(r"\{\{ *([A-Za-z_][A-Za-z0-9_]*) *\}\}")
_BARRED_METHODS = frozenset({"translate"})
# What Jinja itself adds to a call within a loop or block.
_SCOPES = frozenset({"_loop_vars", "_block_vars"})
_CHANGES = frozenset({"append", "extend", "insert", "pop", "remove", "setdefault", "update"})
# A template of this many tokens takes a good half second to compile, and about 2 MB.
_MAX_TOKENS = 5_000
_MAX_SOURCE = 100_000
_MAX_REMEMBERED = 5_000
_MAX_QUICK_NODES = 300
_QUICK_WEIGHT = 20_000
_QUICK_FILTERS = frozenset(
    {"abs", "capitalize", "count", "d", "default", "e", "escape", "first", "float", "int", "last", "length", "lower",
     "string", "tojson", "trim", "upper"}
)  # fmt: skip


_SLOW_NODES = (nodes.For, nodes.Macro, nodes.CallBlock, nodes.FilterBlock, nodes.Call, nodes.Mul, nodes.Pow, nodes.Mod)


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
        return _filter(node, "__literal")

    def visit_Dict(self, node: nodes.Dict) -> nodes.Node:
        self.generic_visit(node)
        return _filter(node, "__literal")

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:
        self.generic_visit(node)
        return _filter(node, "__literal") if node.ctx == "load" else node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        return _filter(nodes.List(node.nodes, lineno=node.lineno), "__joined")


def _filter(node: Any, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


class _Environment(ImmutableSandboxedEnvironment):
    """Sandbox whose loops, calls and products are bounded."""

    intercepted_binops = frozenset({"*", "**", "%", "+"})

    def _tokenize(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> TokenStream:
        return TokenStream(_counted(super()._tokenize(source, name, filename, state)), name, filename)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree: nodes.Template = _Metering().visit(super()._parse(source, name, filename))
        return tree.set_environment(self)  # type: ignore[return-value]

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if attr in _CHANGES and isinstance(obj, (list, dict)) and id(obj) in budget.get().own:
            return True
        return super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        safe = super().wrap_str_format(value)
        if safe is None:
            return None
        formatting, text = safe, value.__self__

        @wraps(formatting)
        def bounded(*args: Any, **kwargs: Any) -> str:
            check_braces(text, [*args, *kwargs.values()])
            return formatting(*args, **kwargs)

        return bounded

    def call(self, context: Any, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        name = getattr(obj, "__name__", "")
        if name in _BARRED_METHODS:
            raise SecurityError(f"the method {name!r} of texts is not available")
        subject = getattr(obj, "__self__", None)
        if isinstance(subject, (list, dict)) and name in _CHANGES:
            return change(obj, subject, args, {key: kwargs[key] for key in kwargs if key not in _SCOPES})
        if isinstance(subject, (str, bytes, list, tuple, dict)):
            _, *args = check_call(name, (subject, *args), kwargs)  # type: ignore[assignment]
        else:
            check_call("", args, kwargs)
        return made(super().call(context, obj, *args, **kwargs))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        check_operation(operator, left, right)
        if operator == "%" and isinstance(left, str):
            check_percent(left, [right])
        return made(super().call_binop(context, operator, left, right))


class TooLargeError(TemplateSyntaxError):
    """A template that would take too long to compile."""


def _counted(tokens: Iterable[Token]) -> Iterator[Token]:
    for number, token in enumerate(tokens):
        if number > _MAX_TOKENS:
            message = f"it has more than {_MAX_TOKENS:,} words and signs outside plain text: divide it among more nodes"
            raise TooLargeError(message, token.lineno)
        yield token


def _format(text: Any, *args: Any, **kwargs: Any) -> str:
    check_percent(str(text), [*args, *kwargs.values()])
    return do_format(text, *args, **kwargs)


def _list(value: Any) -> list[Any]:
    return literal(list(value))  # type: ignore[no-any-return]


def _dict(*args: Any, **kwargs: Any) -> dict[Any, Any]:
    return literal(dict(*args, **kwargs))  # type: ignore[no-any-return]


def _environment() -> _Environment:
    environment = _Environment(autoescape=False)
    environment.globals.pop("lipsum", None)
    environment.globals["dict"] = _dict
    environment.filters |= {"format": _format, "list": _list}
    environment.filters = {name: guarded(name, function) for name, function in environment.filters.items()}
    environment.tests = {name: guarded(name, function) for name, function in environment.tests.items()}
    environment.filters |= {"__ticking": Ticking, "__printed": printed, "__joined": joined, "__literal": literal}
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
    """A compiled template. `quick` tells that it takes long only for large values; `asks_for` holds the names it takes
    from outside.
    """

    __slots__ = ("_compiled", "asks_for", "quick")

    def __init__(self, compiled: Compiled, *, quick: bool, asks_for: frozenset[str]) -> None:
        self._compiled = compiled
        self.quick = quick
        self.asks_for = asks_for

    def is_slow_with(self, values: dict[str, Any]) -> bool:
        """Whether rendering these values may take long enough to belong off the event loop."""
        return not self.quick or outweighs(values, _QUICK_WEIGHT)

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

    __slots__ = ("_code", "_line", "_message")

    def __init__(self, code: str, message: str, line: int) -> None:
        self._code, self._message, self._line = code, message, line
        self.quick, self.asks_for = True, frozenset()

    def render(self, values: dict[str, Any]) -> str:
        raise NodeError(self._code, self._message, line=self._line, retryable=False)


class PlainJinja(Jinja):
    """A template of literal text and `{{ name }}` only: the same result without Jinja's cost."""

    __slots__ = ("_parts",)

    def __init__(self, parts: list[str]) -> None:
        self._parts = parts
        self.quick = True
        self.asks_for = frozenset(parts[1::2])

    def is_slow_with(self, values: dict[str, Any]) -> bool:
        # Joining texts takes no time, whatever their length; writing out a large list does.
        for value in values.values():
            if type(value) is not str:
                return outweighs(values, _QUICK_WEIGHT)
        return False

    def render(self, values: dict[str, Any]) -> str:
        parts = self._parts.copy()
        for i in range(1, len(parts), 2):
            parts[i] = str(values.get(parts[i], ""))
        text = "".join(parts)
        if len(text) > MAX_CHARS:
            message = f"The template was stopped: its text is longer than {MAX_CHARS:,} characters."
            raise NodeError("template_limit", message, field="template", retryable=False)
        return text


def compile_jinja(source: str) -> Jinja:
    """The compiled template. Raises jinja2.TemplateSyntaxError, which names the line; TooLargeError is one."""
    return _remembered(source) if len(source) <= _MAX_REMEMBERED else _compile(source)


def _compile(source: str) -> Jinja:
    parts = _PLAIN.split(source[:-1] if source.endswith("\n") else source)
    if not any("{{" in part or "{%" in part or "{#" in part for part in parts[::2]) and not _NAMES.intersection(
        parts[1::2]
    ):
        return PlainJinja(parts)
    if len(source) > _MAX_SOURCE:
        message = f"it is longer than {_MAX_SOURCE:,} characters: divide it among more nodes"
        raise TooLargeError(message, 1)
    environment = _environment_instance
    try:
        tree = environment.parse(source)
        asks_for = frozenset(meta.find_undeclared_variables(tree)) - _NAMES
        quick = _is_quick(tree)
        code = environment.compile(tree)
    except TemplateSyntaxError:
        raise
    except (RecursionError, SyntaxError, MemoryError) as error:
        raise TemplateSyntaxError("the template is nested too deeply", 1) from error
    compiled = Compiled.from_code(environment, code, environment.make_globals(None), None)
    return Jinja(compiled, quick=quick, asks_for=asks_for)


# Large ones are few, and would fill the memory of a long-lived process.
_remembered = lru_cache(maxsize=1024)(_compile)


def _is_quick(tree: nodes.Template) -> bool:
    """Whether a template only prints, chooses and uses filters that are done at once, whatever small they are given."""
    pending: list[nodes.Node] = [tree]
    for number, node in enumerate(pending):
        if number > _MAX_QUICK_NODES or isinstance(node, _SLOW_NODES):
            return False
        if isinstance(node, nodes.Filter) and not node.name.startswith("__") and node.name not in _QUICK_FILTERS:
            return False
        pending.extend(node.iter_child_nodes())
    return True


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
