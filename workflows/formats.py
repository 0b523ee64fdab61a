"""Format strings of templates, `'%.2f' % x` and `'{:.2f}'.format(x)`: what they would make, bounded before it is made.

Knows both ways of writing formats; knows nothing of templates. A width is a way to ask for gigabytes in six characters.
"""

from __future__ import annotations

import re
from string import Formatter
from typing import Any

from workflows.metering import MAX_VALUE, LimitError, budget

_MAX_WIDTH = 1_000
_PERCENT = re.compile(r"%(?:\([^)]*\))?[#0\- +]*(\*|\d+)?(?:\.(\*|\d+)?)?[hlL]?.", re.DOTALL)
_NUMBER = re.compile(r"\d+")


def check_percent(text: str, values: list[Any]) -> None:
    """Refuse `text % values` when it would make too much. Raises LimitError."""
    weight, size = _weight(values), len(text)
    for match in _PERCENT.finditer(text):
        size += weight + sum(_width(part) for part in match.groups() if part)
        _check(size)


def check_braces(text: str, values: list[Any]) -> None:
    """Refuse `text.format(*values)` when it would make too much. Raises LimitError."""
    weight, size = _weight(values), len(text)
    for _, name, spec, _ in Formatter().parse(text):
        if name is None:
            continue
        if "{" in (spec or ""):
            raise LimitError("a format takes its width from a value")
        size += weight + sum(_width(part) for part in _NUMBER.findall(spec or ""))
        _check(size)


def _weight(values: list[Any]) -> int:
    current = budget.get()
    return sum(current.weigh(value) for value in values)


def _check(size: int) -> None:
    if size > MAX_VALUE:
        raise LimitError("a format makes too much text")


def _width(part: str) -> int:
    if part == "*":
        raise LimitError("a format takes its width from a value")
    if len(part) > 4 or int(part) > _MAX_WIDTH:
        raise LimitError(f"a format is wider than {_MAX_WIDTH:,} characters")
    return int(part)
