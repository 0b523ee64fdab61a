"""What one render of a template may use: time, text, and the size of the values it makes.

Nothing here can interrupt a call into C, so every value is bounded when it is made: a list of a list of a list, each
there twice, is small in memory and endless when printed. Knows plain values; knows nothing of Jinja's templates.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, MappingView
from contextvars import ContextVar
from functools import wraps
from typing import Any

from jinja2 import Environment, Undefined
from jinja2.exceptions import SecurityError
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from jinja2.utils import Namespace

MAX_CHARS = 400_000
MAX_SECONDS = 2.0
MAX_VALUE = 8_000_000
_MAX_TOTAL = 64_000_000
_MAX_SLOW = 100_000
_MAX_DEPTH = 100
_MAX_BITS = 10_000
_SCALAR = 8
# Filters written in Python that take long for what they are given.
_SLOW = frozenset({"pprint", "striptags", "title", "urlize", "wordwrap", "xmlattr"})
_WIDENING = frozenset(
    {"batch", "center", "expandtabs", "indent", "ljust", "rjust", "round", "slice", "tojson", "wordwrap", "zfill"}
)


_OF_JINJA = (Environment, Context, EvalContext)


class LimitError(Exception):
    """A template went over its time or size."""


class Budget:
    """What one render may still use, the weights of the containers it has met, and those that it made itself.

    Only its `own` ones may be changed: the others are values of the run. `nested` are its own that others hold, whose
    weights a change makes wrong.
    """

    __slots__ = ("deadline", "left", "nested", "own", "weights")

    def __init__(self) -> None:
        self.deadline = time.monotonic() + MAX_SECONDS
        self.left = _MAX_TOTAL
        self.weights: dict[int, tuple[Any, int]] = {}
        self.own: dict[int, Any] = {}
        self.nested: set[int] = set()

    def tick(self) -> None:
        if time.monotonic() > self.deadline:
            raise LimitError(f"it ran for more than {MAX_SECONDS:g} seconds")

    def spend(self, units: int) -> None:
        self.left -= units
        if self.left < 0:
            raise LimitError("it makes too much text")

    def weigh(self, value: Any, depth: int = 0) -> int:
        """The characters it would take to write the value out, roughly; what is there twice counts twice."""
        if isinstance(value, (str, bytes)):
            weight = len(value) + _SCALAR
        elif isinstance(value, (list, tuple, dict, set, frozenset, MappingView)):
            if depth and id(value) in self.own:
                self.nested.add(id(value))
            known = self.weights.get(id(value))
            if known is not None:
                return known[1]
            if depth > _MAX_DEPTH:
                raise LimitError("a value is nested too deeply")
            weight = _SCALAR * (1 + len(value)) + sum(self.weigh(item, depth + 1) for item in _items(value))
            # The value is kept with its weight, so that no other one takes its id.
            self.weights[id(value)] = (value, weight)
        elif isinstance(value, Namespace):
            raise SecurityError("a namespace is no value; use what is in it")
        else:
            weight = _SCALAR
        if weight > MAX_VALUE:
            raise LimitError("a value is too large")
        return weight

    def grew(self, value: Any, added: int) -> None:
        """Weigh one of its own again, which was just changed; most only grow, and are not weighed item by item."""
        known = self.weights.get(id(value))
        if known is None or id(value) in self.nested or known[1] + added > MAX_VALUE:
            self.weights.clear()
            self.weigh(value)
        else:
            self.weights[id(value)] = (value, known[1] + added)


# Unset while compiling: a filter that Jinja tries to fold then raises LookupError, and is left for the render.
budget: ContextVar[Budget] = ContextVar("jinja_budget")


def _items(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for pair in value.items():
            yield from pair
    else:
        yield from value


class Ticking:
    """An iterable that looks at the clock at every step."""

    def __init__(self, items: Any) -> None:
        self._items = items

    def __iter__(self) -> Iterator[Any]:
        current = budget.get()
        for item in self._items:
            current.tick()
            yield item

    def __len__(self) -> int:
        return len(self._items)


def made(value: Any) -> Any:
    """A value just made: weighed, and its own size taken off the budget."""
    current = budget.get()
    if isinstance(value, (str, bytes, list, tuple, dict, set, frozenset)):
        current.weigh(value)
        current.spend(len(value))
    return value


def literal(value: Any) -> Any:
    """A list, a tuple or an object that the template wrote down or copied: its own, to change as it likes."""
    budget.get().own[id(value)] = value
    return made(value)


def change(method: Callable[..., Any], subject: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a method that changes `subject`, one of the template's own, within the limits."""
    current = budget.get()
    current.tick()
    if method.__name__ in ("extend", "update"):
        args = tuple(arg if isinstance(arg, (list, tuple, dict, str)) else list(Ticking(arg)) for arg in args)
    added = sum(current.weigh(value, 1) + _SCALAR for value in [*args, *kwargs, *kwargs.values()])
    current.spend(len(args) + 1)
    result = method(*args, **kwargs)
    current.grew(subject, added)
    return result


def printed(value: Any) -> Any:
    """A value about to be written out."""
    current = budget.get()
    current.spend(current.weigh(value))
    return value


def joined(values: list[Any]) -> str:
    """The texts of some values in one."""
    return "".join([str(printed(value)) for value in values])


def guarded(name: str, function: Any) -> Callable[..., Any]:
    """A filter or test that looks at the clock, at what it is given and at what it gives back."""

    # `wraps` keeps `jinja_pass_arg`, by which Jinja decides what to hand to a filter.
    @wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        ours = 1 if args and isinstance(args[0], _OF_JINJA) else 0
        given = check_call(name, args[ours:], kwargs)
        return made(function(*args[:ours], *given, **kwargs))

    return checked


def check_call(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """The arguments, the first of which is what a filter or method works on. Refuses a call whose result would be too
    large or take too long.
    """
    current = budget.get()
    current.tick()
    if name in ("join", "list"):
        args = tuple(arg if _is_plain(arg) else list(Ticking(arg)) for arg in args)
    rest = [*args[1:], *kwargs.values()]
    weights = [current.weigh(value) for value in [*args, *rest] if not isinstance(value, Namespace)]
    if name == "sum" and any(isinstance(value, (list, tuple)) for value in rest):
        raise LimitError("sum adds numbers, not lists")
    if name in _SLOW and sum(weights) > _MAX_SLOW:
        raise LimitError(f"the filter {name} is given too much")
    if name in _WIDENING:
        width = max((abs(value) for value in rest if isinstance(value, int)), default=0)
        if width > MAX_CHARS or width * _lines(args[:1]) > MAX_VALUE:
            raise LimitError("it makes too much text")
    if name in ("join", "replace"):
        _check_product(name, [*args, *kwargs.values()])
    return args


def _lines(subject: tuple[Any, ...]) -> int:
    """How often a width is applied: to every line of a text, every item of a value."""
    if not subject:
        return 1
    value = subject[0]
    return value.count("\n") + 1 if isinstance(value, str) else budget.get().weigh(value) // _SCALAR


def _check_product(name: str, values: list[Any]) -> None:
    texts = [len(value) for value in values if isinstance(value, str)]
    if name == "join":
        times = max((len(value) for value in values if not isinstance(value, str) and _is_plain(value)), default=0)
        longest = max(texts, default=0)
    else:
        subject, old, longest = (*texts, 0, 0, 0)[:3]
        times = subject // max(old, 1) + 1
    if times * longest > MAX_VALUE:
        raise LimitError("it makes too much text")


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (str, bytes, int, float, list, tuple, dict, Undefined))


def _length(value: Any) -> int:
    return len(value) if isinstance(value, (str, bytes)) else budget.get().weigh(value)


def check_operation(operator: str, left: Any, right: Any) -> None:
    """Refuse an operation whose result would be too large."""
    if operator == "*":
        for one, other in ((left, right), (right, left)):
            sized = isinstance(one, (str, bytes, list, tuple)) and isinstance(other, int)
            if sized and _length(one) * other > MAX_VALUE:
                raise LimitError("a repetition is too long")
    if operator in ("*", "**") and isinstance(left, int) and isinstance(right, int):
        bits = left.bit_length() * max(right, 1) if operator == "**" else left.bit_length() + right.bit_length()
        if bits > _MAX_BITS:
            raise LimitError("a number is too large")
    if operator == "%" and isinstance(left, bytes):
        raise SecurityError("bytes cannot be formatted")
