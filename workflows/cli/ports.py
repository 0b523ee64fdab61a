"""The ports of a run on the command line: models behind one URL, guarded HTTP, a sandbox, local files."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from workflows.cli.failing import CommandError
from workflows.cli.files import LocalFiles
from workflows.cli.http import GuardedHttp
from workflows.cli.models import OpenAiModels
from workflows.ports import Ports
from workflows.sandbox import Sandbox

_BLOB_ID = re.compile(r"^[0-9a-f]{64}$")


@asynccontextmanager
async def command_ports(
    *, llm_base_url: str = "", files: list[dict[str, Any]] | None = None, blobs: Path | None = None
) -> AsyncIterator[Ports]:
    """Ports for the time of one command. `blobs` is a folder for values too large for the log."""
    try:
        http = GuardedHttp(os.environ.get("WEFT_EGRESS_ALLOW", ""))
    except ValueError as error:
        raise CommandError(str(error)) from error
    code = Sandbox.from_environment(os.environ)
    async with aiohttp.ClientSession() as session:
        models = None
        if llm_base_url:
            models = OpenAiModels(session, llm_base_url, os.environ.get("OPENAI_API_KEY", ""))
        try:
            yield Ports(
                models=models,
                http=http,
                code=code,
                files=LocalFiles(files or [], http),
                blobs=FolderBlobs(blobs) if blobs is not None else None,
            )
        finally:
            await http.close()
            await code.close()


class FolderBlobs:
    """The `Blobs` port over a folder: a file for each value, named by the hash of its bytes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, data: bytes) -> str:
        """Store, and give the hash of the bytes. Raises CommandError when the folder cannot be written."""
        blob_id = hashlib.sha256(data).hexdigest()
        try:
            await asyncio.to_thread(self._write, blob_id, data)
        except OSError as error:
            raise CommandError(f"Values cannot be kept in {self._folder}: {error.strerror}.") from error
        return blob_id

    async def get(self, blob_id: str) -> bytes:
        """What was stored. Raises KeyError when there is no such file."""
        if not _BLOB_ID.match(blob_id):
            raise KeyError(blob_id)
        try:
            return await asyncio.to_thread((self._folder / blob_id).read_bytes)
        except OSError as error:
            raise KeyError(blob_id) from error

    def _write(self, blob_id: str, data: bytes) -> None:
        path = self._folder / blob_id
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(f".{os.getpid()}.part")
            part.write_bytes(data)
            part.rename(path)
