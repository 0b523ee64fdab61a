"""Local files as file values, and the `Files` port that reads them."""

from __future__ import annotations

import asyncio
import mimetypes
from pathlib import Path
from typing import Any

_MAIN_TYPES = ("image", "audio", "video")


def file_value(path: Path) -> dict[str, Any]:
    """The file as a run's input. Raises OSError when there is no such file."""
    mime_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    main = mime_type.split("/", 1)[0]
    return {
        "type": main if main in _MAIN_TYPES else "document",
        "transfer_method": "local_file",
        "filename": path.name,
        "extension": path.suffix,
        "mime_type": mime_type,
        "size": path.stat().st_size,
        "path": str(path.resolve()),
    }


class LocalFiles:
    """Reads the files given on the command line, and no others."""

    def __init__(self, files: list[dict[str, Any]]) -> None:
        self._allowed = {file["path"] for file in files}

    async def read(self, file: dict[str, Any]) -> bytes:
        """The bytes of a file given on the command line."""
        path = file.get("path")
        if path not in self._allowed:
            raise PermissionError(f"The file {file.get('filename')!r} was not given on the command line.")
        return await asyncio.to_thread(Path(str(path)).read_bytes)
