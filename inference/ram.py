"""How much main memory this process may use: the machine's, or what its control group leaves. Knows Linux."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CACHE_SHARE = 0.25
"""Of what is available, how much a KV cache takes by default: the rest is for what steps compute in, and for whoever
else lives here."""


@dataclass(frozen=True, slots=True)
class Ram:
    total_bytes: int
    """Of the machine, or the smallest limit that a group sets."""
    available_bytes: int
    """What more can be had without swapping: caches of files count as free."""


def ram(proc: Path = Path("/proc"), groups: Path = Path("/sys/fs/cgroup")) -> Ram:
    """Read now. proc, groups: where those file systems are mounted. Both versions of control groups are heeded, from
    the process's own group up to the root that it sees; a group that cannot be read limits nothing."""
    lines = dict(line.split(":", 1) for line in (proc / "meminfo").read_text().splitlines())
    total, available = (int(lines[name].split()[0]) * 1024 for name in ("MemTotal", "MemAvailable"))
    for folder, names in _groups(proc, groups):
        limit, used = (_number(folder / name) for name in names[:2])
        if limit is not None and used is not None:
            total = min(total, limit)
            available = min(available, max(0, limit - used + _cached(folder / "memory.stat", names[2])))
    return Ram(total, available)


def _groups(proc: Path, groups: Path) -> Iterator[tuple[Path, tuple[str, str, str]]]:
    """Folders of the memory controller, and their files' names: limit, usage, and the key of file caches."""
    try:
        lines = (proc / "self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            root, names = groups, ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            root = groups / "memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        inner = Path(path.lstrip("/"))
        for folder in (inner, *inner.parents) if inner != Path() else (inner,):
            yield root / folder, names


def _cached(path: Path, key: str) -> int:
    """Bytes of files that the group keeps and would give up first."""
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(key + " ")), 0)


def _number(path: Path) -> int | None:
    """None where there is no such file or it says `max`."""
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None
