"""Plain values out of YAML, built straight from the parser's events: quick, and never more than was allowed.

Knows YAML's events, plain scalars (read as YAML 1.1 does, but dates stay text), anchors and merge keys. Aliases share
what they stand for, and everything is counted as it is built, so that neither depth nor aliases can outgrow a limit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

_LONGEST_NUMBER = 300
_IGNORED_TAGS = frozenset(("tag:yaml.org,2002:timestamp",))
_PREFIX = "tag:yaml.org,2002:"
_RESOLVERS: dict[str, list[tuple[str, re.Pattern[str]]]] = {
    first: [(tag.removeprefix(_PREFIX), pattern) for tag, pattern in rows if tag not in _IGNORED_TAGS]
    for first, rows in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
_CONSTRUCTOR = yaml.constructor.SafeConstructor()
_BOOLEANS = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
_MERGE = object()


class TooLarge(Exception):
    """The text stands for more than is allowed. The message is a sentence."""


class WrongYaml(Exception):
    """YAML that stands for no plain value; says why and where."""

    def __init__(self, problem: str, mark: Any) -> None:
        super().__init__(problem)
        self.problem = problem
        self.mark = mark


def build(text: str, *, max_values: int, max_depth: int) -> Any:
    """The value of one YAML document. Raises TooLarge, WrongYaml, or what the parser raises."""
    return _Builder(max_values, max_depth).build(yaml.parse(text, yaml.CSafeLoader))


class _Open:
    """A list or mapping that is being built. `weight` counts the values it stands for."""

    __slots__ = ("anchor", "key", "mark", "value", "weight")

    def __init__(self, value: dict[Any, Any] | list[Any], anchor: str | None, mark: Any) -> None:
        self.value = value
        self.anchor = anchor
        self.mark = mark
        self.key: Any = _NO_KEY
        self.weight = 1


_NO_KEY = object()


class _Builder:
    def __init__(self, max_values: int, max_depth: int) -> None:
        self.max_values = max_values
        self.max_depth = max_depth
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Any, int, int]] = {}
        self.result: Any = None
        self.documents = 0

    def build(self, events: Iterator[Any]) -> Any:
        stack = self.stack
        for event in events:
            kind = type(event)
            if kind is yaml.ScalarEvent:
                value = _scalar(event)
                if event.anchor:
                    self.anchors[event.anchor] = (value, 1, 0)
                self._add(value, 1, event)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self._open(event, {} if kind is yaml.MappingStartEvent else [])
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                done = stack.pop()
                if done.anchor:
                    self.anchors[done.anchor] = (done.value, done.weight, _depth(done.value))
                self._add(done.value, done.weight, event)
            elif kind is yaml.AliasEvent:
                self._alias(event)
            elif kind is yaml.DocumentStartEvent:
                self.documents += 1
                if self.documents > 1:
                    raise WrongYaml("it holds more than one document", event.start_mark)
        return self.result

    def _open(self, event: Any, value: Any) -> None:
        if event.tag is not None and event.tag not in ("!", f"{_PREFIX}map", f"{_PREFIX}seq"):
            raise WrongYaml(f"the tag {event.tag[:80]!r} is not known", event.start_mark)
        if len(self.stack) >= self.max_depth:
            raise TooLarge("The file is nested too deeply.")
        if event.anchor:
            # Known from here on only to be refused: nothing may hold itself.
            self.anchors.pop(event.anchor, None)
        self.stack.append(_Open(value, event.anchor, event.start_mark))

    def _alias(self, event: Any) -> None:
        found = self.anchors.get(event.anchor)
        if found is None:
            raise WrongYaml(f"the alias {event.anchor[:80]!r} stands for nothing that is complete", event.start_mark)
        value, weight, depth = found
        if len(self.stack) + depth > self.max_depth:
            raise TooLarge("The file is nested too deeply.")
        self._add(value, weight, event)

    def _add(self, value: Any, weight: int, event: Any) -> None:
        if not self.stack:
            self.result = "<<" if value is _MERGE else value
            return
        top = self.stack[-1]
        top.weight += weight
        if top.weight > self.max_values:
            raise TooLarge("The file holds too many values.")
        if isinstance(top.value, list):
            top.value.append("<<" if value is _MERGE else value)
        elif top.key is _NO_KEY:
            if isinstance(value, (dict, list)):
                raise WrongYaml("a mapping's key is a list or a mapping", event.start_mark)
            top.key = value
        else:
            if top.key is _MERGE:
                _merge(top.value, value, event)
            else:
                top.value[top.key] = "<<" if value is _MERGE else value
            top.key = _NO_KEY


def _merge(target: dict[Any, Any], value: Any, event: Any) -> None:
    parts = value if isinstance(value, list) else [value]
    for part in parts:
        if not isinstance(part, dict):
            raise WrongYaml("a merge key takes a mapping", event.start_mark)
        for key, item in part.items():
            target.setdefault(key, item)


def _depth(value: Any) -> int:
    """How deep a value is nested. Only asked of what an anchor names; its own depth is bounded already."""
    deepest = 0
    pending = [(value, 1)]
    seen: set[int] = set()
    while pending:
        item, depth = pending.pop()
        deepest = max(deepest, depth)
        if id(item) not in seen:
            seen.add(id(item))
            children = item.values() if isinstance(item, dict) else item
            pending += [(child, depth + 1) for child in children if isinstance(child, (dict, list))]
    return deepest


def _scalar(event: Any) -> Any:
    text: str = event.value
    if event.tag is not None:
        return _tagged(event)
    if event.style:
        return text
    return plain(text)


def plain(text: str) -> Any:
    """What a scalar without tag and quotes stands for."""
    if not text:
        return None
    for kind, pattern in _RESOLVERS.get(text[0], ()):
        if pattern.match(text):
            return _plain(kind, text)
    return text


def _tagged(event: Any) -> Any:
    kind = event.tag.removeprefix(_PREFIX)
    if kind in ("str", "!", "timestamp", "binary"):
        return event.value
    if kind in ("int", "float", "bool", "null"):
        try:
            return _plain(kind, event.value)
        except KeyError as error:
            raise WrongYaml(f"{event.value[:80]!r} is no {kind}", event.start_mark) from error
    raise WrongYaml(f"the tag {event.tag[:80]!r} is not known", event.start_mark)


def _plain(kind: str, text: str) -> Any:
    if kind == "bool":
        return _BOOLEANS[text.lower()]
    if kind == "null":
        return None
    if kind == "merge":
        return _MERGE
    if kind in ("int", "float") and len(text) <= _LONGEST_NUMBER:
        try:
            return _number(kind, text)
        except (ValueError, OverflowError):
            return text
    return text


def _number(kind: str, text: str) -> int | float:
    node = yaml.ScalarNode(f"{_PREFIX}{kind}", text)
    made = _CONSTRUCTOR.construct_yaml_int(node) if kind == "int" else _CONSTRUCTOR.construct_yaml_float(node)
    return int(made) if kind == "int" else float(made)
