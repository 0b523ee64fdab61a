"""Runs the parser in a child process, killed on request.

Knows processes; knows nothing of formats.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from workflows.documents import isolation
from workflows.documents.blocks import Block, load
from workflows.documents.errors import ParseError

TIMEOUT_S = 300.0
_POLL_S = 0.1

# File extension -> (format, MIME type).
FORMATS = {
    "txt": ("text", "text/plain"),
    "md": ("markdown", "text/markdown"),
    "markdown": ("markdown", "text/markdown"),
    "pdf": ("pdf", "application/pdf"),
    "docx": ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "html": ("html", "text/html"),
    "htm": ("html", "text/html"),
}


class Stopped(Exception):
    """The parse was given up because `should_stop` said so."""


def extension_of(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def parse(
    path: Path, extension: str, *, should_stop: Callable[[], bool] = lambda: False, timeout_s: float = TIMEOUT_S
) -> list[Block]:
    """The file's blocks. Raises ParseError, or Stopped within a moment of `should_stop()` turning true."""
    with tempfile.TemporaryDirectory(prefix="weft-parse-") as folder:
        out = Path(folder) / "out.json"
        child = isolation.start("apps.knowledge.parsing", FORMATS[extension][0], str(path), str(out), folder=folder)
        try:
            _wait(child, should_stop, timeout_s)
        finally:
            isolation.stop(child)
        return load(isolation.answer(out, child.returncode)["blocks"])


def _wait(child: subprocess.Popen[bytes], should_stop: Callable[[], bool], timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        if should_stop():
            raise Stopped
        try:
            child.wait(_POLL_S)
            return
        except subprocess.TimeoutExpired:
            if time.monotonic() > deadline:
                message = (
                    f"Reading the file took longer than {timeout_s:g} s. Split it, or save it in a simpler format."
                )
                raise ParseError("parse_timeout", message) from None
