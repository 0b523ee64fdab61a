"""Runs the parser in a child process: bounded in time, memory and output, without our environment, killed on request.

Knows processes; knows nothing of formats.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from apps.knowledge.parsing.blocks import Block, ParseError, load

ROOT = Path(__file__).resolve().parents[2]
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
        child = subprocess.Popen(
            [sys.executable, "-m", "apps.knowledge.parsing", FORMATS[extension][0], str(path), str(out)],
            cwd=folder,
            env={"PYTHONPATH": str(ROOT), "PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            _wait(child, should_stop, timeout_s)
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        return _read(out, child.returncode)


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


def _read(out: Path, status: int) -> list[Block]:
    if status == -signal.SIGXCPU:
        raise ParseError("parse_timeout", "Reading the file takes too long. Split it, or save it in a simpler format.")
    try:
        answer = json.loads(out.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        message = (
            "The file is damaged: its reader broke down. Open it in its own program, save it anew, and upload that."
        )
        raise ParseError("parse_failed", message) from exc
    if error := answer.get("error"):
        raise ParseError(error["code"], error["message"])
    return load(answer["blocks"])
