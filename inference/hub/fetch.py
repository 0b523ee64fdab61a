"""One file of a hub, byte by byte: goes on where it stopped, hashes what comes, gives up what does not move.

Knows HTTP's ranges and a disk; nothing of models.
"""

from __future__ import annotations

import errno
import hashlib
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import httpx2
from huggingface_hub.utils import get_session  # type: ignore[attr-defined]  # documented, not in __all__

from inference.hub.plan import HubError, RemoteFile, check_room, disk_short
from inference.hub.remote import refused, told, unreachable

_READ_BYTES = 1 << 20
ATTEMPTS = 6
"""Connections in a row that bring nothing, after which a hub counts as out of reach: about 15 s of pauses."""
FIRST_PAUSE_S = 0.5
TIMEOUT = httpx2.Timeout(20.0, connect=5.0)
_LOOK_EVERY_BYTES = 64 << 20
_RANGE = re.compile(r"bytes (\d+)-")


class Fetcher:
    """Brings files into a folder. Blocks; raises HubError, after which what came is kept for the next time."""

    def __init__(
        self,
        endpoint: str,
        *,
        came: Callable[[int], None],
        free_bytes: Callable[[], int],
    ) -> None:
        """came: told how many bytes more are there than before, less than 0 when a file begins anew. free_bytes: of the
        disk.
        """
        self._endpoint = endpoint
        self._came = came
        self._free_bytes = free_bytes
        self._unlooked = 0

    def fetch(self, model_id: str, file: RemoteFile, url: str, headers: dict[str, str], path: Path) -> None:
        """Bring the whole file to `path`, which holds a beginning of it or nothing. Its digest is right after that;
        what has a wrong one is deleted.
        """
        digest = _Digest(file)
        if path.is_file():
            digest.read(path)
        with path.open("ab", buffering=0) as out:
            self._complete(model_id, file, url, headers, out, digest)
        if not digest.right:
            path.unlink()
            self._came(-digest.n_bytes)
            raise HubError(
                "checksum_wrong",
                f"{file.name} of {model_id} is not what {self._endpoint} says it is: its {digest.kind} differs. It was "
                "deleted; resume to download it again, from another mirror (HF_ENDPOINT) if it comes wrong again.",
            )

    def _complete(
        self, model_id: str, file: RemoteFile, url: str, headers: dict[str, str], out: BinaryIO, digest: _Digest
    ) -> None:
        vain = 0
        while digest.n_bytes < file.size:
            before = digest.n_bytes
            try:
                with told(model_id, self._endpoint):
                    self._stream(model_id, file, url, headers, out, digest)
                    continue
            except HubError as error:
                if error.code != "hub_unreachable":
                    raise
                vain = 0 if digest.n_bytes > before else vain + 1
                if vain >= ATTEMPTS:
                    raise
            time.sleep(FIRST_PAUSE_S * 2**vain / 2)

    def _stream(
        self, model_id: str, file: RemoteFile, url: str, headers: dict[str, str], out: BinaryIO, digest: _Digest
    ) -> None:
        start = digest.n_bytes
        asked = headers | ({"range": f"bytes={start}-"} if start else {})
        with get_session().stream("GET", url, headers=asked, timeout=TIMEOUT, follow_redirects=True) as response:
            if start and not _goes_on(response, start):
                out.truncate(0)
                self._came(-digest.restart())
            if not response.is_success:
                # By status and header: the body may be of any length.
                raise refused(model_id, self._endpoint, response.status_code, response.headers.get("x-error-code"))
            if response.headers.get("content-encoding", "identity") != "identity":
                # It may unpack to any length, and its hash is another one.
                raise HubError(
                    "hub_refused", f"{self._endpoint} packs {file.name}, unasked; choose another HF_ENDPOINT."
                )
            for chunk in response.iter_raw():
                self._write(chunk, out, file)
                digest.add(chunk)
                self._came(len(chunk))
                if digest.n_bytes > file.size:
                    return
        if digest.n_bytes < file.size:
            raise unreachable(self._endpoint, EOFError(f"{file.name} ended early"))

    def _write(self, chunk: bytes, out: BinaryIO, file: RemoteFile) -> None:
        self._unlooked += len(chunk)
        if self._unlooked >= _LOOK_EVERY_BYTES:
            self._unlooked = 0
            check_room(0, self._free_bytes())
        view = memoryview(chunk)
        try:
            while view:
                view = view[out.write(view) :]
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise disk_short(f"The disk is full; {file.name} is not whole.") from error


def _goes_on(response: httpx2.Response, start: int) -> bool:
    """Does the answer begin where we stopped? Some servers send the whole file, or know no such place."""
    if response.status_code == 206:
        found = _RANGE.match(response.headers.get("content-range", ""))
        return found is not None and int(found[1]) == start
    return response.status_code not in (200, 416)


class _Digest:
    """What a file's bytes add up to, against what the hub says."""

    def __init__(self, file: RemoteFile) -> None:
        self._file = file
        self.kind, _, self._wanted = file.digest.partition(":")
        self.n_bytes = 0
        self._hash = self._fresh()

    def restart(self) -> int:
        """Begin anew; returns how many bytes that gives up."""
        given_up, self.n_bytes = self.n_bytes, 0
        self._hash = self._fresh()
        return given_up

    def _fresh(self) -> Any:
        if self.kind == "sha256":
            return hashlib.sha256()
        return hashlib.sha1(b"blob %d\0" % self._file.size, usedforsecurity=False)

    def add(self, chunk: bytes) -> None:
        self.n_bytes += len(chunk)
        self._hash.update(chunk)

    def read(self, path: Path) -> None:
        """Add what is in the file."""
        with path.open("rb") as file:
            while chunk := file.read(_READ_BYTES):
                self.add(chunk)

    @property
    def right(self) -> bool:
        return self.n_bytes == self._file.size and bool(self._hash.hexdigest() == self._wanted)
