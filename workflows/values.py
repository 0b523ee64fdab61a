"""Values on their way through a graph: reading them by path, and writing them as text.

Knows JSON-like Python values and the two ways of writing them (`weft`: JSON; `dify`: as Dify prints them, Python style
for lists and booleans); knows nothing of where values are kept.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from enum import Enum
from typing import Any, Final, Literal

from workflows.errors import NodeError

Dialect = Literal["weft", "dify"]

FILE_MARK = "__dify__file__"
MAX_DEPTH = 100


class Missing(Enum):
    """The value of something never written: a skipped node's output, an unknown key."""

    MISSING = "missing"

    def __bool__(self) -> bool:
        return False


MISSING: Final = Missing.MISSING


def dig(value: Any, path: Sequence[str]) -> Any:
    """Follow object keys and file attributes; MISSING when there is no such thing."""
    for key in path:
        if not isinstance(value, dict):
            return MISSING
        if is_file(value):
            value = file_attribute(value, key)
        elif key in value:
            value = value[key]
        else:
            return MISSING
    return value


# Other names under which this engine's and Dify's files of all ages carry an attribute.
_FILE_KEYS = {
    "name": ("filename",),
    "filename": ("name",),
    "url": ("remote_url",),
    "remote_url": ("url",),
    "related_id": ("reference", "upload_file_id", "tool_file_id", "datasource_file_id"),
}


def file_attribute(file: dict[str, Any], key: str) -> Any:
    """An attribute of a file under any of its names; MISSING when it has none."""
    if key in file:
        value = file[key]
        if value not in (None, ""):
            return value
    for other in _FILE_KEYS.get(key, ()):
        if file.get(other):
            return file[other]
    return file.get(key, MISSING)


def is_file(value: Any) -> bool:
    """True for a file value, in this engine's or in Dify's shape."""
    if not isinstance(value, dict):
        return False
    return value.get("dify_model_identity") == FILE_MARK or ("transfer_method" in value and "type" in value)


def file_type(mime_type: str) -> str:
    """The kind of file a MIME type stands for: image, audio, video or document."""
    main = mime_type.split("/", 1)[0]
    return main if main in ("image", "audio", "video") else "document"


def to_text(value: Any, dialect: Dialect = "weft") -> str:
    """The value as it is put into prompts, requests and conditions."""
    if isinstance(value, str):
        return value
    if value is None or value is MISSING:
        return ""
    if isinstance(value, bool):
        return str(value) if dialect == "dify" else json.dumps(value)
    if isinstance(value, (int, float)):
        return str(value)
    if is_file(value):
        return ""
    if isinstance(value, list):
        return _list_text(value, dialect)
    return _json(value)


def to_markdown(value: Any, dialect: Dialect = "weft") -> str:
    """The value as it is shown to people in an answer."""
    if isinstance(value, list):
        if value and all(is_file(item) for item in value):
            return "\n".join(_file_link(item) for item in value)
        return "\n".join(f"- {_item_text(item, dialect)}" for item in value)
    if is_file(value):
        return _file_link(value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, indent=2, default=str)
    return to_text(value, dialect)


def _list_text(value: list[Any], dialect: Dialect) -> str:
    if not value or all(is_file(item) for item in value):
        return ""
    if dialect == "dify" and not all(isinstance(item, str) for item in value):
        return str(value)
    return _json(value)


def _item_text(item: Any, dialect: Dialect) -> str:
    if isinstance(item, str):
        return item
    return str(item) if dialect == "dify" else _json(item)


def _file_link(file: dict[str, Any]) -> str:
    name = file_attribute(file, "filename") or ""
    url = file_attribute(file, "url") or ""
    mark = "!" if file.get("type") == "image" else ""
    return f"{mark}[{name}]({url})"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def clean_text(text: str) -> str:
    """The text without what no store takes: NUL characters and halves of surrogate pairs."""
    if "\0" in text:
        text = text.replace("\0", "")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


class TooDeepError(NodeError, ValueError):
    """A value nested so deeply that writing it down would fail. A ValueError too, as reading wrong JSON is."""

    def __init__(self) -> None:
        message = f"A value is nested more than {MAX_DEPTH} levels deep: make it flatter, or pass it on as text."
        super().__init__("too_deep", message, retryable=False)


def clean(value: Any, levels: int = MAX_DEPTH) -> Any:
    """JSON-like value with every text cleaned; keys too. What JSON cannot hold becomes text, or null if a number.

    Every value that enters a run comes through here. Raises TooDeepError beyond so many levels of lists and objects.
    """
    if isinstance(value, str):
        return clean_text(value)
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if value == value and value not in (float("inf"), float("-inf")) else None
    if isinstance(value, dict):
        if not levels:
            raise TooDeepError
        return {clean_text(str(key)): clean(item, levels - 1) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        if not levels:
            raise TooDeepError
        return [clean(item, levels - 1) for item in value]
    return clean_text(str(value))


def is_too_deep(value: Any) -> bool:
    """Whether `clean` would refuse the value."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for item in level
            if isinstance(item, (dict, list, tuple))
            for inner in (item.values() if isinstance(item, dict) else item)
            if isinstance(inner, (dict, list, tuple))
        ]
        if not level:
            return False
    return True


_WEIGHTLESS = frozenset((int, float, bool, type(None)))


def outweighs(value: Any, limit: int) -> bool:
    """Whether a value is larger than about `limit` characters; looks no further than that."""
    kind = type(value)
    if kind is str:
        return len(value) > limit
    if kind in _WEIGHTLESS:
        return False
    if kind is dict:
        # Most are a few short texts, and this is asked of every node.
        weight = 8 * len(value)
        for item in value.values():
            kind = type(item)
            if kind is str:
                weight += len(item)
            elif kind not in _WEIGHTLESS:
                break
        else:
            return weight > limit
    weight, pending = 0, [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            weight += len(item)
        elif isinstance(item, (list, tuple, dict)):
            weight += 8 * len(item)
            if weight <= limit:
                pending.extend(item.values() if isinstance(item, dict) else item)
        if weight > limit:
            return True
    return False


def parse_bool(value: Any) -> bool | None:
    """`true`, `1`, `yes` and their like; None when it is no truth value."""
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in ("true", "1", "yes", "on"):
        return True
    return False if text in ("false", "0", "no", "off") else None


def parse_number(value: Any) -> int | float | None:
    """The number a value stands for, integers kept whole; None when it stands for none."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if not isinstance(value, str):
        return None
    text = value.strip()
    if "_" in text:
        return None
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
