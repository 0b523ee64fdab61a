"""Plain values out of the YAML that programs write, line by line and many times as fast as a YAML parser.

Knows block mappings and lists whose keys and values stand on one line. A value that goes on over several lines, or is
written in a way not known here, is cut out with its lines and given to the parser; a text that is not of this shape at
all is refused with `Unsure`, and nothing is ever read otherwise than the parser would read it.
"""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from workflows.dsl.build import TooLarge, WrongYaml, build, plain
from workflows.values import clean

_MOST_CHARS = 900_000
_FOREIGN = re.compile(
    "[^\\n\\t\\x20-\\x7e\\xa0-\\u2027\\u202a-\\ud7ff\\ue000-\\ufefe\\uff00-\\ufffd\\U00010000-\\U0010ffff]"
)
# Spaces, dashes, a key, and a value: plain (without a comment or another key in it), quoted, or anything else.
_LINE = re.compile(
    r"( *)((?:- )*)(?:(?:([A-Za-z_][\w.\-]{0,199})|'([\w.\- ]{0,200})'):(?: +|$))?"
    r"(?:((?:-(?=[\w.]))?[\w./$][^:#\t]*(?:(?::(?=[^ \t])|(?<=[^ \t])#)[^:#\t]*)*)|'((?:[^'\t]|'')*)' *|(.*))"
)
_DOUBLE = re.compile(r'"(?:[^"\\\t]|\\["\\/bfnrt]|\\u(?![dD][89a-fA-F])[0-9a-fA-F]{4})*"')
_FLOW_ITEM = re.compile(r"(?:([A-Za-z_]\w{0,199}): )?(-?[\w./$](?:[\w./$ \-]*[\w./$])?)")


class Unsure(Exception):
    """The text is not of the shape known here."""


def read(text: str, *, max_depth: int) -> Any:
    """The value of the text, cleaned of what JSON cannot hold. Raises Unsure."""
    if len(text) > _MOST_CHARS or _FOREIGN.search(text):
        raise Unsure
    try:
        return _Reader(text.split("\n"), max_depth).read()
    except (yaml.YAMLError, WrongYaml, TooLarge, ValueError) as error:
        raise Unsure from error


# What one line says: the column of its entry, dashes, the key (None for an element of a list), and a value or mark.
_Entry = tuple[int, int, str | None, Any]

_UNKNOWN = object()
"""The value takes a parser to tell."""
_OPEN = object()
"""There is no value on the line; one may follow."""
_FLOW = object()
"""A list or mapping on one line, made anew for each entry."""
_MARKS = frozenset((id(_UNKNOWN), id(_OPEN), id(_FLOW)))
_BLANK: _Entry = (-1, 0, None, None)


class _Reader:
    def __init__(self, lines: list[str], max_depth: int) -> None:
        self._lines = lines
        self._max_depth = max_depth
        self._known: dict[str, Any] = {}
        # The lists and mappings that are being read, outer ones first, and where the entries of each begin.
        self._blocks: list[Any] = []
        self._columns: list[int] = []
        # The entry read last: where its value goes, and its line; -1 when that has its value for good.
        self._holder: Any = None
        self._place: Any = None
        self._began = -1
        self._is_open = True

    def read(self) -> Any:
        lines, entry_of = self._lines, self._entry
        # The same lines come many times in one file.
        seen: dict[str, _Entry] = {}
        at, end = 0, len(lines)
        root: Any = None
        column = 0
        place: Any
        while at < end:
            line = lines[at]
            entry = seen.get(line)
            if entry is None:
                entry = seen[line] = entry_of(line)
            indent, dashes, place, value = entry
            if indent < 0:
                at += 1
                continue
            if indent != column or dashes or type(self._holder) is not dict:
                if indent > column and not self._is_open:
                    # The value before goes on here.
                    at, self._holder[self._place] = self._parsed(self._began, column, self._place)
                    self._is_open, self._began = True, -1
                    continue
                root = self._step(root, indent, dashes, is_pair=place is not None)
                column = self._columns[-1]
            holder = self._holder
            if place is None:
                if not dashes:
                    raise Unsure
                place = len(holder)
                holder.append(None)
            elif type(holder) is not dict:
                raise Unsure
            self._place, self._began, self._is_open = place, at, False
            if id(value) in _MARKS:
                if value is _OPEN:
                    holder[place], self._is_open = None, True
                else:
                    value = self._flow(line) if value is _FLOW else _UNKNOWN
                    if value is _UNKNOWN:
                        at, holder[place] = self._parsed(at, column, place)
                        self._is_open, self._began = True, -1
                        continue
                    holder[place] = value
            else:
                holder[place] = value
            at += 1
        if root is None:
            raise Unsure
        return root

    def _step(self, root: Any, indent: int, dashes: int, *, is_pair: bool) -> Any:
        """Come to the block that an entry belongs to, which may begin with it. Returns the outermost value."""
        blocks, columns = self._blocks, self._columns
        while columns and columns[-1] > indent:
            columns.pop()
            blocks.pop()
        if not dashes and columns and columns[-1] == indent and type(blocks[-1]) is list:
            columns.pop()
            blocks.pop()
        if not columns or columns[-1] < indent or (dashes and type(blocks[-1]) is dict):
            # A block of its own: the outermost, or the value of an entry that has none yet.
            block: Any = [] if dashes else {}
            if not columns:
                if root is not None or indent:
                    raise Unsure
                root = block
            elif self._began < 0 or not self._is_open or blocks[-1] is not self._holder:
                raise Unsure
            else:
                self._holder[self._place] = block
            blocks.append(block)
            columns.append(indent)
        for left in range(dashes - 1 + is_pair if dashes else 0, 0, -1):
            inner: Any = {} if is_pair and left == 1 else []
            blocks[-1].append(inner)
            blocks.append(inner)
            columns.append(columns[-1] + 2)
        if len(blocks) > self._max_depth:
            raise Unsure
        self._holder = blocks[-1]
        return root

    def _entry(self, line: str) -> _Entry:
        found = _LINE.fullmatch(line)
        if found is None:
            raise Unsure
        spaces, dashes, key, quoted, text, single, other = found.groups()
        if key is not None:
            quoted = self._plain(key)
            if type(quoted) is not str:
                raise Unsure
        value: Any
        if text is not None:
            value = self._plain(text.rstrip(" "))
        elif single is not None:
            value = single.replace("''", "'")
        elif other:
            if quoted is None and not dashes:
                # A line of a longer text perhaps.
                return (len(spaces), 0, None, _UNKNOWN) if other.strip() else _BLANK
            value = self._other(other)
        else:
            value = _OPEN
            if quoted is None:
                if dashes:
                    raise Unsure
                return _BLANK
        return len(spaces), len(dashes) // 2, quoted, value

    def _other(self, text: str) -> Any:
        first = text[0]
        if first in "[{":
            return _FLOW
        if first == '"' and _DOUBLE.fullmatch(text):
            return clean(json.loads(text))
        return _UNKNOWN

    def _plain(self, text: str) -> Any:
        """A scalar without quotes. Most are met many times."""
        known = self._known
        try:
            return known[text]
        except KeyError:
            value = plain(text)
            if type(value) is not str:
                value = clean(value)
            known[text] = value
            return value

    def _flow(self, line: str) -> Any:
        """A list or mapping of plain scalars on one line; `_UNKNOWN` when it is another."""
        found = _LINE.fullmatch(line)
        assert found is not None
        text = found[7].rstrip(" ")
        inner = text[1:-1].strip(" ")
        is_list = text[0] == "["
        if len(text) < 2 or text[-1] != ("]" if is_list else "}"):
            return _UNKNOWN
        made: Any = [] if is_list else {}
        for item in inner.split(", ") if inner else ():
            found = _FLOW_ITEM.fullmatch(item)
            if found is None or (found[1] is None) is not is_list:
                return _UNKNOWN
            value = self._plain(found[2])
            if is_list:
                made.append(value)
                continue
            key = self._plain(found[1])
            if type(key) is not str:
                return _UNKNOWN
            made[key] = value
        return made

    def _parsed(self, at: int, column: int, place: Any) -> tuple[int, Any]:
        """What the parser makes of the entry that begins on a line, and the number of the line after it."""
        lines = self._lines
        after = at + 1
        inside = " " * (column + 1)
        while after < len(lines) and (lines[after].startswith(inside) or not lines[after].strip()):
            after += 1
        own = lines[at][column:]
        # The last line of a file need not end.
        text = "\n".join([" " * column + own, *lines[at + 1 : after], *([""] if after < len(lines) else ())])
        made = build(text, max_values=len(text), max_depth=self._max_depth - len(self._blocks))
        if type(place) is int:
            if type(made) is list and len(made) == 1:
                return after, clean(made[0], self._max_depth + 1)
        elif type(made) is dict and list(made) == [place]:
            return after, clean(made[place], self._max_depth + 1)
        raise Unsure
