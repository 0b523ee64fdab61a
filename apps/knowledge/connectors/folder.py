"""A folder on the machine of the workers, below one that the operator opened to the workspace (see `opened`).

Hidden files, links and types that nobody reads are passed over.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field

from apps.knowledge import parser_process
from apps.knowledge.connectors import opened
from apps.knowledge.connectors.source import ConnectorError, Content, Failed, Gone, Item, Listing, Outcome, Unchanged
from weft.http import storage

MAX_FILES = 10_000
MAX_DEPTH = 20
_PIECE = 1 << 20


class Folder(BaseModel):
    """`path` is absolute; what lies in its folders is read, too, unless `recursive` is false."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str = Field(min_length=1, max_length=1000)
    recursive: bool = True

    def check(self, workspace_id: UUID) -> None:
        self.source(workspace_id)

    def source(self, workspace_id: UUID) -> FolderSource:
        return FolderSource(_allowed(self.path, workspace_id), recursive=self.recursive)


class FolderSource:
    def __init__(self, root: Path, *, recursive: bool) -> None:
        self._root, self._recursive = root, recursive

    def listing(self) -> Listing:
        try:
            items: list[Item] = []
            for path, found in _walk(self._root, MAX_DEPTH if self._recursive else 1):
                if len(items) == MAX_FILES:
                    return Listing(items, is_complete=False)
                items.append(Item(str(path.relative_to(self._root)), _revision(found)))
            return Listing(items)
        except OSError as exc:
            message = f"The folder {self._root} cannot be read: {exc.strerror}. Look at its permissions."
            raise ConnectorError("connector_folder_unreadable", message) from exc

    def read(self, items: Sequence[Item], known: Mapping[str, str]) -> list[Outcome]:
        return [self._read(item, known.get(item.key)) for item in items]

    def _read(self, item: Item, known: str | None) -> Outcome:
        if item.revision == known:
            return Unchanged()
        path = Path(item.key)
        try:
            with _opened(self._root, path) as file:
                found = os.fstat(file.fileno())
        except FileNotFoundError:
            return Gone()
        except OSError as exc:
            return Failed("connector_item_unreadable", f"{item.key} cannot be read: {exc.strerror}.")
        if found.st_size > settings.MAX_UPLOAD_BYTES:
            error = storage.too_large(item.key, settings.MAX_UPLOAD_BYTES)
            return Failed(error.code, error.message)
        return Content(path.name, _Parts(self._root, path), _revision(found))


class _Parts:
    """A file's bytes, from the beginning each time."""

    def __init__(self, root: Path, path: Path) -> None:
        self._root, self._path = root, path

    def __iter__(self) -> Iterator[bytes]:
        with _opened(self._root, self._path) as file:
            while part := file.read(_PIECE):
                yield part


def _opened(root: Path, path: Path) -> BinaryIO:
    """The regular file itself. Every step down from `root` is taken by name in the folder that was opened before, and
    never through a link, whatever is put there meanwhile."""
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        for name in path.parts[:-1]:
            inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
        handle = os.open(path.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    finally:
        os.close(folder)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "it is no file")
    return os.fdopen(handle, "rb")


def _allowed(path: str, workspace_id: UUID) -> Path:
    """The folder with every link followed, when it lies below one that is open. Others are as if they were not."""
    roots = opened.folders_of(workspace_id)
    if not roots:
        message = "No folder is open to this workspace's connectors. The operator opens some by starting Weft with "
        message += f"WEFT_CONNECTOR_FOLDERS={workspace_id}=/one/folder:{workspace_id}=/another."
        raise ConnectorError("connector_folders_none", message)
    found = Path(path).resolve()
    if not found.is_dir() or not any(found.is_relative_to(root) for root in roots):
        message = f"{path} is no folder below {' or '.join(map(str, roots))}, which are open to this workspace."
        raise ConnectorError("connector_folder_closed", message)
    return found


def _walk(folder: Path, depth: int) -> Iterator[tuple[Path, os.stat_result]]:
    with os.scandir(folder) as entries:
        ordered = sorted(entries, key=lambda entry: entry.name)
    for entry in ordered:
        if entry.name.startswith(".") or entry.is_symlink():
            continue
        if entry.is_dir(follow_symlinks=False):
            if depth > 1:
                yield from _walk(Path(entry.path), depth - 1)
        elif parser_process.extension_of(entry.name) in parser_process.EXTENSIONS:
            found = entry.stat(follow_symlinks=False)
            if stat.S_ISREG(found.st_mode):
                yield Path(entry.path), found


def _revision(found: os.stat_result) -> str:
    return f"{found.st_mtime_ns}-{found.st_size}"
