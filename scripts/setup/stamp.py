"""Remembers what a finished step was made from, so that an unchanged one is skipped and a half-done one is repeated."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path


def digest(paths: Iterable[Path], *words: str) -> str:
    """A fingerprint of files (by name and content) and words."""
    found = hashlib.sha256("\0".join(words).encode())
    for path in sorted(paths):
        found.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def read(path: Path) -> dict[str, str]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def write(path: Path, **values: str) -> None:
    """Written last, when the step is done: an interrupted step leaves no stamp, or an old one."""
    draft = path.with_name(path.name + ".new")
    draft.write_text(json.dumps({**read(path), **values}, indent=2), encoding="utf-8")
    draft.replace(path)
