"""What a Dify file says beyond what a definition holds: kept as patches, so that an export says it again.

`rest_of` compares what was read with what an export would write; `restore` puts the difference back. A patch is
applied only where the export still writes what it wrote then: what people changed since is never undone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

Patch = dict[str, Any]
Path = tuple[str | int, ...]


def rest_of(raw: Any, made: Any, settled: frozenset[Path] = frozenset()) -> list[Patch]:
    """The patches that turn `made` into `raw`, as far as `raw` says more or other things. What lies at one of the
    paths in `settled`, of one or two steps, is left to the export.
    """
    return [
        _patch(path, value, mark)
        for path, value, mark in _differences(raw, made, ())
        if path[:1] not in settled and path[:2] not in settled
    ]


def restore(made: Any, patches: Any) -> Any:
    """`made` with every patch that still fits. Junk among the patches is passed over."""
    value = deepcopy(made)
    for patch in patches if isinstance(patches, list) else []:
        if isinstance(patch, dict) and isinstance(patch.get("at"), list) and patch["at"]:
            _apply(value, patch)
    return value


def _patch(path: Path, value: Any, mark: str | None) -> Patch:
    return {"at": list(path), "raw": value, **({"for": mark} if mark else {})}


def _differences(raw: Any, made: Any, path: Path) -> Iterator[tuple[Path, Any, str | None]]:
    if isinstance(raw, dict) and isinstance(made, dict):
        for key, value in sorted(raw.items()):
            if key not in made:
                yield (*path, key), value, None
            else:
                yield from _differences(value, made[key], (*path, key))
    elif isinstance(raw, list) and isinstance(made, list) and len(raw) == len(made):
        for i, (left, right) in enumerate(zip(raw, made, strict=True)):
            yield from _differences(left, right, (*path, i))
    elif path and not _same(raw, made):
        yield path, raw, _mark(made)


def _same(left: Any, right: Any) -> bool:
    return type(left) is type(right) and bool(left == right)


def _mark(value: Any) -> str:
    written = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _apply(value: Any, patch: Patch) -> None:
    *way, last = patch["at"]
    for step in way:
        value = _child(value, step)
    current = _child(value, last)
    if "for" in patch:
        if current is not _NONE and _mark(current) == patch["for"]:
            value[last] = deepcopy(patch.get("raw"))
    elif current is _NONE and isinstance(value, dict) and isinstance(last, str):
        value[last] = deepcopy(patch.get("raw"))


_NONE = object()


def _child(value: Any, step: Any) -> Any:
    if isinstance(value, dict) and isinstance(step, str):
        return value.get(step, _NONE)
    if isinstance(value, list) and isinstance(step, int) and not isinstance(step, bool) and 0 <= step < len(value):
        return value[step]
    return _NONE
