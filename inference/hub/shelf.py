"""The models on this machine: what lies in the models folder, and directories elsewhere that were registered.

Knows where a directory may lie and how it is looked at; nothing of hubs or of serving.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.errors import BadRequest, Conflict, ModelLoadError, NotFound
from inference.hub.inspection import Inspected, inspect
from inference.hub.names import is_key, key_of_directory
from inference.hub.records import read_record, write_record
from inference.hub.removal import set_aside

ORIGIN = "weft.json"
"""In a directory that was downloaded: where it came from. Only directories that have one are deleted."""
_REGISTERED = "directories.json"


@dataclass(frozen=True, slots=True)
class Copy:
    """A model on this machine."""

    key: str
    model_id: str
    """What clients call it: the hub's id, or the directory's name."""
    directory: Path
    origin: dict[str, Any]
    """Of a downloaded one: id, revision, licence, gated. {} for a directory."""
    inspected: Inspected | None
    problem: ModelLoadError | None
    """Why it cannot be served; None when it can."""


class Shelf:
    """Copies are looked at again when a file's size or time changed. Safe from one thread at a time."""

    def __init__(self, folder: Path, *, roots: Sequence[Path] = ()) -> None:
        """folder: where downloads arrive, made if absent. roots: folders below which directories may be registered,
        besides the models folder.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder.resolve()
        self.roots = (self.folder, *(root.expanduser().resolve() for root in roots))
        self._looked: dict[Path, tuple[object, Inspected | ModelLoadError]] = {}

    def copies(self) -> list[Copy]:
        """Every copy, by key."""
        names = sorted(entry.name for entry in self.folder.iterdir() if entry.is_dir() and is_key(entry.name))
        found = {name: self._copy(name, self.folder / name) for name in names}
        for key, path in self._registered().items():
            found.setdefault(key, self._copy(key, Path(path)))
        return [found[key] for key in sorted(found)]

    def copy(self, key: str) -> Copy:
        """One copy. Raises NotFound."""
        registered = self._registered()
        if key in registered:
            return self._copy(key, Path(registered[key]))
        if is_key(key) and (self.folder / key).is_dir():
            return self._copy(key, self.folder / key)
        raise NotFound("model_not_found", f"No model {key[:200]!r} is on this machine.", param="key")

    def has(self, key: str) -> bool:
        """Is a copy of that key here, whole or not?"""
        return key in self._registered() or (self.folder / key).is_dir()

    def register(self, path: str) -> Copy:
        """Take a directory into the list. Raises BadRequest naming what is wrong with it, Conflict for one known.

        Where no directory may lie, nothing is looked at: the answer does not tell what is there.
        """
        directory = self._allowed(path)
        if not directory.is_dir():
            raise BadRequest("path_missing", f"{directory} is no directory on the model server.", param="path")
        known = next((copy for copy in self.copies() if copy.directory == directory), None)
        if known is not None:
            raise Conflict("already_here", f"{directory} is in the list already, as {known.model_id}.", param="path")
        try:
            inspect(directory)
        except ModelLoadError as error:
            raise BadRequest(error.code, error.message, param="path") from error
        registered = self._registered()
        key = self._free_key(directory.name, registered)
        write_record(self.folder / _REGISTERED, registered | {key: str(directory)})
        return self._copy(key, directory)

    def remove(self, key: str) -> None:
        """Take away a downloaded copy, whose bytes `removal.sweep` frees, or forget a registered directory. Raises
        NotFound; Conflict for a directory that somebody put into the models folder by hand.
        """
        copy = self.copy(key)
        registered = self._registered()
        if registered.pop(key, None) is not None:
            write_record(self.folder / _REGISTERED, registered)
        elif copy.origin:
            set_aside(copy.directory, self.folder)
        else:
            raise Conflict(
                "not_downloaded", f"{copy.directory} was not downloaded by this server; delete the folder by hand."
            )

    def _allowed(self, path: str) -> Path:
        given = Path(path)
        if not given.is_absolute() or "\0" in path:
            raise BadRequest(
                "path_invalid", "Give the absolute path of a directory on the model server's machine.", param="path"
            )
        directory = given.resolve()
        if not any(directory.is_relative_to(root) and directory != root for root in self.roots):
            roots = ", ".join(map(str, self.roots))
            raise BadRequest(
                "path_not_allowed",
                f"Directories are taken from below {roots}. Put the model there, or start the model server with "
                "--models-root (WEFT_MODELS_ROOTS) naming another folder.",
                param="path",
            )
        return directory

    def _free_key(self, name: str, registered: dict[str, str]) -> str:
        base = key_of_directory(name)
        numbered = (f"{base}-{number}" for number in range(2, len(registered) + 3))
        return base if base not in registered else next(key for key in numbered if key not in registered)

    def _registered(self) -> dict[str, str]:
        known = read_record(self.folder / _REGISTERED)
        return {key: path for key, path in known.items() if is_key(key) and isinstance(path, str)}

    def _copy(self, key: str, directory: Path) -> Copy:
        origin = read_record(directory / ORIGIN) if directory.parent == self.folder else {}
        found = self._look(directory)
        inspected, problem = (found, None) if isinstance(found, Inspected) else (None, found)
        return Copy(key, str(origin.get("id") or directory.name), directory, origin, inspected, problem)

    def _look(self, directory: Path) -> Inspected | ModelLoadError:
        state = _state(directory)
        known = self._looked.get(directory)
        if known is None or known[0] != state:
            found: Inspected | ModelLoadError
            try:
                found = inspect(directory)
            except ModelLoadError as error:
                found = error
            known = self._looked[directory] = (state, found)
        return known[1]


def _state(directory: Path) -> object:
    """What changes when a file of the directory does."""
    try:
        with os.scandir(directory) as entries:
            return sorted((entry.name, entry.stat().st_size, entry.stat().st_mtime_ns) for entry in entries)
    except OSError:
        return None
