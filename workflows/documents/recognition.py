"""Text in pictures, by Tesseract where it is installed: a program of its own, bounded and without network.

Knows the program and its languages; knows nothing of documents.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from workflows.documents import isolation
from workflows.documents.errors import ParseError

TIMEOUT_S = 120.0
_WANTED = ("eng", "chi_sim", "chi_tra")
_MEMORY_BYTES = 2 * 1024**3
_TEXT_BYTES = 8 * 1024**2
_POLL_S = 0.05
_UNREADABLE = "The picture cannot be read. Open it in its own program and save it as PNG."


MISSING = (
    "Text in pictures is read by Tesseract, which is not installed here. Install the package tesseract-ocr, and "
    "tesseract-ocr-chi-sim for Chinese, on the machine of Weft's workers."
)


def engine() -> str | None:
    """Where Tesseract is; None where it is not installed."""
    return shutil.which("tesseract")


def recognised(picture: bytes, should_stop: Callable[[], bool] = lambda: False, timeout_s: float = TIMEOUT_S) -> str:
    """The text that `picture` shows. Raises ParseError, or Stopped."""
    program = engine()
    if program is None:
        raise ParseError("ocr_missing", MISSING)
    with tempfile.TemporaryDirectory(prefix="weft-ocr-") as folder:
        source, target = Path(folder) / "picture", Path(folder) / "text"
        source.write_bytes(picture)
        languages = "+".join(_languages(program)) or "eng"
        status = _run(
            [program, str(source), str(target), "-l", languages, "--psm", "3"], folder, should_stop, timeout_s
        )
        found = target.with_suffix(".txt")
        if status != 0 or not found.exists():
            raise ParseError("parse_failed", _UNREADABLE)
        return found.read_bytes()[:_TEXT_BYTES].decode("utf-8", "replace")


@functools.lru_cache(maxsize=4)
def _languages(program: str) -> tuple[str, ...]:
    """Those of the wanted ones that are installed."""
    try:
        said = subprocess.run([program, "--list-langs"], capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    installed = set((said.stdout + said.stderr).decode(errors="replace").split())
    return tuple(name for name in _WANTED if name in installed)


def _run(command: list[str], folder: str, should_stop: Callable[[], bool], timeout_s: float) -> int:
    limits = [str(_TEXT_BYTES), str(_MEMORY_BYTES), str(int(timeout_s) + 1)]
    child = subprocess.Popen(
        [sys.executable, "-I", "-c", isolation.boot("confined"), str(isolation.ROOT), *limits, *command],
        cwd=folder,
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "OMP_THREAD_LIMIT": "1", **_own_data()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + timeout_s
    try:
        while True:
            try:
                return child.wait(_POLL_S)
            except subprocess.TimeoutExpired:
                if should_stop():
                    raise isolation.Stopped from None
                if time.monotonic() > deadline:
                    message = f"Recognising the text took longer than {timeout_s:g} s. Make the picture smaller."
                    raise ParseError("parse_timeout", message) from None
    finally:
        isolation.end(child)


def _own_data() -> dict[str, str]:
    """Where the engine's languages lie, when the operator says so."""
    return {name: os.environ[name] for name in ("TESSDATA_PREFIX",) if name in os.environ}
