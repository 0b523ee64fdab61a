"""Uploaded files on disk, named by the SHA-256 of their content, so the same file is stored once.

Knows bytes and folders under FILES_DIR; knows nothing of who owns a file: who deletes knows that no row refers to it.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from weft.http.errors import WeftError


@dataclass(frozen=True, slots=True)
class Stored:
    sha256: str
    size_bytes: int
    path: str


def save(room: str, parts: Iterable[bytes], *, name: str, max_bytes: int) -> Stored:
    """Store the joined `parts` in `room` (one per kind of owner). Over `max_bytes`: `upload_too_large`, nothing kept.

    `path` is relative to FILES_DIR. The file appears whole or not at all.
    """
    folder = Path(settings.FILES_DIR) / room
    folder.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".incoming-")
    try:
        with os.fdopen(handle, "wb") as file:
            for part in parts:
                size += len(part)
                if size > max_bytes:
                    raise too_large(name, max_bytes)
                digest.update(part)
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        sha256 = digest.hexdigest()
        final = folder / sha256[:2] / sha256
        final.parent.mkdir(exist_ok=True)
        os.replace(temporary, final)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return Stored(sha256, size, f"{room}/{sha256[:2]}/{sha256}")


def locate(path: str) -> Path:
    """The file behind a stored `path`. A path that would leave FILES_DIR is a fault of ours, never an answer."""
    root = Path(settings.FILES_DIR).resolve()
    found = (root / path).resolve()
    if not found.is_relative_to(root):
        raise ValueError(f"{path!r} is outside the files folder")
    return found


def delete(path: str) -> None:
    locate(path).unlink(missing_ok=True)


def too_large(name: str, max_bytes: int) -> WeftError:
    limit = f"{max_bytes / 1024 / 1024:g} MB"
    message = f"{name} is larger than the limit of {limit}. Split it, or start Weft with a larger WEFT_MAX_UPLOAD_MB."
    return WeftError("upload_too_large", message, 413, details={"max_bytes": max_bytes})
