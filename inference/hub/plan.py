"""A download as it lies in `.partial/KEY`: its plan, whole files, and `NAME.part` of the one that is not whole.

Knows a folder and a disk; nothing of hubs, so that a server can look without their libraries.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.errors import Conflict
from inference.hub.records import read_record

PARTIAL = ".partial"
"""In the models folder: of each download that has not arrived a folder, by key."""
PLAN = "plan.json"
STATE = "state.json"
"""Beside the plan: what the server wants of it."""
SPARE_BYTES = 256 << 20
"""Left free on the disk: databases may lie on it."""


class HubError(Conflict):
    """A model cannot be got from the hub; the code and the sentence say why. What came is kept."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    name: str
    size: int
    digest: str
    """`sha256:…` of a large file, `git:…` (the SHA-1 of its blob) of a small one."""

    @property
    def holds_weights(self) -> bool:
        return self.name.endswith(".safetensors")


@dataclass(frozen=True, slots=True)
class Remote:
    """What a hub has of a model."""

    model_id: str
    revision: str
    """The commit: what is downloaded does not change under way."""
    files: tuple[RemoteFile, ...]
    """Those that are needed, the weights last."""
    licence: str | None
    gated: bool

    @property
    def n_bytes(self) -> int:
        return sum(file.size for file in self.files)


def plan_of(partial: Path) -> Remote | None:
    """What a download that began brings; None when nothing was planned."""
    plan: dict[str, Any] = read_record(partial / PLAN)
    try:
        files = tuple(RemoteFile(**file) for file in plan.pop("files"))
        return Remote(**plan, files=files)
    except (KeyError, TypeError):
        return None


def places(partial: Path, file: RemoteFile) -> tuple[Path, Path]:
    """Where a file lies when it is whole and checked, and where before."""
    return partial / file.name, partial / f"{file.name}.part"


def done_bytes(remote: Remote, partial: Path) -> int:
    """How much of it lies there."""
    return sum(path.stat().st_size for file in remote.files for path in places(partial, file) if path.is_file())


def check_room(missing: int, free: int) -> None:
    """Raises HubError when `missing` bytes more would leave too little of the `free` ones."""
    if free - missing < SPARE_BYTES:
        raise disk_short(
            f"{missing / 1e9:.1f} GB are missing and {free / 1e9:.1f} GB are free on the disk of the models folder."
        )


def free_on(folder: Path) -> int:
    """Bytes free on the disk of a folder."""
    return shutil.disk_usage(folder).free


def disk_short(what: str) -> HubError:
    return HubError("disk_short", f"{what} Make room there, or choose another folder with --models-dir; then resume.")
