"""Plain values to YAML: one text for each value, quickly, and never a line folded.

Knows how a text must be quoted so that it is read again as it is; knows nothing of what it writes. Lists are indented
under their key, texts of several lines are blocks, what stands in a `Flow` takes one line.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

_INDENT = 2
_LONGEST_KEY = 120
_PRINTED = r"\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff"
_LINE = re.compile(f"[{_PRINTED}]+")
_BLOCK = re.compile(f"[\\t\\n{_PRINTED}]+")
_ESCAPED = re.compile(f'["\\\\]|[^{_PRINTED}]')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}
# A text with one of these would be read as something else than itself when it stood there without quotes.
_MARKED = re.compile(r"[ #,\[\]{}&*!|>'\"%@`]|---|\.\.\.|[-?:](?: |$)|.*(?:: |:$| #| $)")
_MARKED_IN_FLOW = re.compile(r".*[,?:\[\]{}]")
_RESOLVERS: dict[str, list[re.Pattern[str]]] = {
    first: [pattern for _, pattern in rows] for first, rows in yaml.SafeDumper.yaml_implicit_resolvers.items()
}


class Flow(dict[str, Any]):
    """A mapping written on one line."""


def emit(value: Any) -> str:
    """The YAML of a plain value. Raises TypeError for what is none."""
    out: list[str] = []
    _block(value, 0, out)
    # Nothing stands before the first line.
    out[0] = ""
    return "".join(out)


def _block(value: Any, indent: int, out: list[str]) -> None:
    """Write what stands after a key's colon or a list's dash, up to the end of its last line. `indent` is where the
    lines of a mapping or list that begin here stand.
    """
    if isinstance(value, str):
        out += " ", _text_in_block(value, indent or _INDENT), "\n"
    elif isinstance(value, Mapping) and value and not isinstance(value, Flow):
        out.append("\n")
        _mapping(value, indent, out)
    elif isinstance(value, (list, tuple)) and value:
        out.append("\n")
        _list(value, indent, out)
    else:
        out += " ", _flow(value), "\n"


def _mapping(value: Mapping[Any, Any], indent: int, out: list[str]) -> None:
    """Every key on a line of its own, the first one's line already indented where a dash stands before it."""
    space = " " * indent
    for key, item in value.items():
        written = _key(key, flow=False)
        if len(written) <= _LONGEST_KEY:
            out += space, written, ":"
        else:
            out += space, "? ", written, "\n", space, ":"
        _block(item, indent + _INDENT, out)


def _list(value: Sequence[Any], indent: int, out: list[str]) -> None:
    dash = " " * indent + "-"
    for item in value:
        out.append(dash)
        at = len(out)
        _block(item, indent + _INDENT, out)
        if out[at] == "\n":
            # What begins here shares the dash's line.
            out[at] = " "
            out[at + 1] = out[at + 1].lstrip(" ")


def _flow(value: Any) -> str:
    if isinstance(value, str):
        return _text(value, flow=True)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_flow_key(key)}: {_flow(item)}' for key, item in value.items())}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_flow, value))}]"
    return _scalar(value)


def _flow_key(key: Any) -> str:
    written = _key(key, flow=True)
    return written if len(written) <= _LONGEST_KEY else f"? {written} "


def _key(key: Any, *, flow: bool) -> str:
    return _text(key, flow=flow) if isinstance(key, str) else _scalar(key)


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _float(value)
    raise TypeError(f"{type(value).__name__} has no place in YAML.")


def _float(value: float) -> str:
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    written = repr(value)
    # YAML 1.1 knows a float by its point.
    return written.replace("e", ".0e") if "e" in written and "." not in written else written


def _text_in_block(text: str, indent: int) -> str:
    if "\n" not in text or not _BLOCK.fullmatch(text):
        return _text(text, flow=False)
    space = " " * indent
    lines = text.removesuffix("\n").split("\n")
    written = "\n".join(space + line if line else "" for line in lines)
    # A block says how deep it is indented where its first line does not, and what becomes of the breaks at its end.
    hint = str(_INDENT) if text[0] in " \t\n" else ""
    end = "-" if text[-1] != "\n" else "+" if len(text) == 1 or text[-2] == "\n" else ""
    return f"|{hint}{end}\n{written}"


def _text(text: str, *, flow: bool) -> str:
    """A text on one line: as it is, else in single quotes, else with escapes."""
    if not _LINE.fullmatch(text):
        return f'"{_ESCAPED.sub(_escape, text)}"' if text else "''"
    if _MARKED.match(text) or (flow and _MARKED_IN_FLOW.match(text)) or _means_something(text):
        return "'" + text.replace("'", "''") + "'"
    return text


def _means_something(text: str) -> bool:
    """Whether the bare text would be read as a number, a truth value, a date or nothing."""
    return any(pattern.match(text) for pattern in _RESOLVERS.get(text[0], ()))


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    known = _ESCAPES.get(char)
    if known is not None:
        return known
    number = ord(char)
    return f"\\x{number:02X}" if number <= 0xFF else f"\\u{number:04X}"
