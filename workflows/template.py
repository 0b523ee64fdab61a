"""Templates: text with `{{#node.output.path#}}` references, compiled once and rendered often.

Knows the syntax and how to put values in; which node a reference means is the scope's business.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from workflows.values import MISSING, Dialect, dig, to_markdown, to_text

SYS, ENV, CONVERSATION, INPUTS, OWN = -1, -2, -3, -4, -5
COMMON = 5
"""Slots at a pool's end: the container's own values in this frame, the raw inputs, and the three heads."""


class Pool(list[dict[str, Any] | None]):
    """Outputs by node number of one frame, then the common slots. `around` is the pool of the frame around it, so a
    reference outward costs a step, not a copy.
    """

    # Made for every element of an iteration, so without an initialiser of its own.
    __slots__ = ("around",)
    around: Pool | None

    @staticmethod
    def of(size: int) -> Pool:
        """An empty one."""
        pool = Pool((None,) * (size + COMMON))
        pool.around = None
        return pool

    def inside(self, size: int, own: dict[str, Any] | None) -> Pool:
        """The pool of a frame within this one; `own` are its container's values there."""
        pool = Pool((*(None,) * size, own, *self[INPUTS:]))
        pool.around = self
        return pool


HEADS = {"sys": SYS, "env": ENV, "conversation": CONVERSATION}

_REFERENCE = re.compile(r"\{\{#\s*([^\s#{}]+)\s*#\}\}")


class Ref:
    """A compiled selector. `slot` is the node's number, or one of the common slots; None when it leads nowhere. `up`
    is how many frames outward it lies.
    """

    __slots__ = ("name", "path", "selector", "slot", "up")

    def __init__(self, slot: int | None, selector: Sequence[str], up: int = 0) -> None:
        self.slot = slot
        self.up = up
        self.selector = tuple(selector)
        self.name = self.selector[1] if len(self.selector) > 1 else ""
        self.path = self.selector[2:]

    def get(self, pool: Pool) -> Any:
        """The value now, or MISSING."""
        if self.slot is None:
            return MISSING
        values = (pool if not self.up else _outward(pool, self.up))[self.slot]
        if values is None:
            return MISSING
        value = values.get(self.name, MISSING)
        return dig(value, self.path) if self.path else value

    def get_or_none(self, pool: Pool) -> Any:
        """The value now; None when it is missing."""
        if self.slot is None:
            return None
        values = (pool if not self.up else _outward(pool, self.up))[self.slot]
        value = None if values is None else values.get(self.name)
        if not self.path:
            return value
        value = dig(value, self.path)
        return None if value is MISSING else value


def _outward(pool: Pool, up: int) -> Pool:
    for _ in range(up):
        assert pool.around is not None
        pool = pool.around
    return pool


Part = str | Ref


class Template:
    """Literal text and references in order. Missing values print nothing."""

    __slots__ = ("dialect", "parts")

    def __init__(self, parts: Sequence[Part], dialect: Dialect = "weft") -> None:
        self.parts = tuple(parts)
        self.dialect = dialect

    @property
    def refs(self) -> list[Ref]:
        return [part for part in self.parts if isinstance(part, Ref)]

    def render(self, pool: Pool) -> str:
        """The text for prompts and requests."""
        dialect = self.dialect
        return "".join([part if isinstance(part, str) else to_text(part.get(pool), dialect) for part in self.parts])

    def render_markdown(self, pool: Pool) -> str:
        """The text for people."""
        return "".join([self.part_markdown(part, pool) for part in self.parts])

    def part_markdown(self, part: Part, pool: Pool) -> str:
        """One part as people see it; the streams use it part by part."""
        return part if isinstance(part, str) else to_markdown(part.get(pool), self.dialect)


def split(text: str, resolve: Callable[[list[str]], Ref | None]) -> list[Part]:
    """The parts of a template. `resolve` turns a selector into a reference, or None to leave the text as it is."""
    parts: list[Part] = []
    end = 0
    for match in _REFERENCE.finditer(text):
        ref = resolve(match.group(1).split("."))
        if ref is None:
            continue
        if match.start() > end:
            parts.append(text[end : match.start()])
        parts.append(ref)
        end = match.end()
    if end < len(text):
        parts.append(text[end:])
    return parts
