"""Reading files that may be hostile in processes of their own: the host's side of `server`.

Knows the server, its jobs and their limits; knows nothing of formats. One server for each of our processes, started at
the first file; each file gets a fresh child of it. What comes back is bounded and is plain JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workflows.documents.errors import ParseError
from workflows.documents.wire import HEAD, job_message

ROOT = Path(__file__).resolve().parents[2]
MEMORY_BYTES = 1536 * 1024**2
ANSWER_BYTES = 512 * 1024**2
MAX_BYTES = 512 * 1024**2
_POLL_S = 0.1
_PIECE = 1 << 20

# The server needs this folder and the sandbox's walls, not the engine around them: importing the packages themselves
# would load all of that.
_BOOT = """
import sys, types
root = sys.argv[1]
sys.path.append(root)
for name in ("workflows", "workflows.sandbox"):
    package = types.ModuleType(name)
    package.__path__ = [root + "/" + name.replace(".", "/")]
    sys.modules[name] = package
from workflows.documents.MODULE import main
main()
"""


class Stopped(Exception):
    """The reading was given up because whoever asked for it said so."""


class _ServerGone(Exception):
    """The server ended while a job was in it; no fault of the file's."""


def read(
    path: Path, job: dict[str, Any], timeout_s: float, should_stop: Callable[[], bool] = lambda: False
) -> dict[str, Any]:
    """What the child says of the file. Raises ParseError, or Stopped within a moment of `should_stop()`."""
    source = _opened(path)
    try:
        try:
            body = _received(source, job, timeout_s, should_stop)
        except _ServerGone:
            body = _received(source, job, timeout_s, should_stop)
    except _ServerGone:
        raise _unavailable() from None
    finally:
        os.close(source)
    return _answer(body)


def boot(module: str) -> str:
    """A program for `python -I -c` that runs `main` of a module in this folder; its first argument is ROOT."""
    return _BOOT.replace("MODULE", module)


def end(child: subprocess.Popen[bytes]) -> None:
    """End the child, and whatever it started, if it still runs."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _opened(path: Path) -> int:
    """Never waits, as opening a pipe would. Raises ParseError for what is no file, or too large to look into."""
    try:
        source = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as exc:
        raise ParseError("parse_failed", "The stored file cannot be opened. Upload it again.") from exc
    facts = os.fstat(source)
    if stat.S_ISREG(facts.st_mode) and facts.st_size <= MAX_BYTES:
        return source
    os.close(source)
    if stat.S_ISREG(facts.st_mode):
        raise ParseError("parse_too_large", f"The file is larger than {MAX_BYTES // 1024**2} MB. Split it.")
    raise ParseError("parse_failed", "The stored file is no file. Upload it again.")


def _received(source: int, job: dict[str, Any], timeout_s: float, should_stop: Callable[[], bool]) -> bytes:
    deadline = time.monotonic() + timeout_s
    collected = _Collected()
    with _hand_over(source, job, timeout_s) as answer:
        answer.settimeout(_POLL_S)
        while not collected.complete:
            if should_stop():
                raise Stopped
            try:
                collected.add(answer.recv(_PIECE))
            except TimeoutError:
                if time.monotonic() > deadline:
                    raise _late(timeout_s) from None
            except OSError as exc:
                raise _ServerGone from exc
    return collected.body()


class _Collected:
    """An answer as it comes in, never more than we take."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size, self._wanted = 0, HEAD.size
        self.complete = False

    def add(self, part: bytes) -> None:
        if not part:
            raise _ServerGone if not self._parts else _broke_down()
        self._parts.append(part)
        self._size += len(part)
        if self._wanted == HEAD.size and self._size >= HEAD.size:
            head = b"".join(self._parts)
            self._parts, self._wanted = [head], HEAD.size + HEAD.unpack_from(head)[0]
            if self._wanted > ANSWER_BYTES:
                raise ParseError("parse_too_large", "The file holds more than can be taken from it. Split it.")
        self.complete = self._wanted > HEAD.size and self._size >= self._wanted

    def body(self) -> bytes:
        return b"".join(self._parts)[HEAD.size : self._wanted]


def _answer(body: bytes) -> dict[str, Any]:
    try:
        found = dict(json.loads(body))
    except (ValueError, TypeError, RecursionError) as exc:
        raise _broke_down() from exc
    if "ended" in found:
        raise _ended(int(found["ended"]))
    if error := found.get("error"):
        raise ParseError(str(error["code"]), str(error["message"]))
    return found


class _Server:
    """The running process; jobs may come from any thread."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-c", boot("server"), str(ROOT)],
                cwd="/",
                env={"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        self.owner = os.getpid()

    def hand_over(self, source: int, job: bytes) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._control, [job], [theirs.fileno(), source])
            except OSError as exc:
                ours.close()
                raise _ServerGone from exc
        return ours

    @property
    def lives(self) -> bool:
        return self.owner == os.getpid() and self._process.poll() is None

    def abandon(self) -> None:
        """Hang up; the process ends by itself."""
        self._control.close()
        if self.owner == os.getpid():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1)


_server: _Server | None = None
_lock = threading.Lock()


def _hand_over(source: int, job: dict[str, Any], timeout_s: float) -> socket.socket:
    limits = {"memory_bytes": MEMORY_BYTES, "cpu_s": max(1, int(timeout_s))}
    message = job_message({"first": 1, "last": 2**31, **job, **limits})
    global _server
    with _lock:
        for _ in range(2):
            if _server is None or not _server.lives:
                if _server is not None:
                    _server.abandon()
                _server = _Server()
            try:
                return _server.hand_over(source, message)
            except _ServerGone:
                _server.abandon()
                _server = None
    raise _unavailable()


def _forget() -> None:
    """After a fork the server is the parent's: it must end when the parent does, whoever else lives."""
    global _server, _lock
    _lock = threading.Lock()
    if _server is not None:
        _server.abandon()
        _server = None


os.register_at_fork(after_in_child=_forget)


def _late(timeout_s: float) -> ParseError:
    message = f"Reading the file took longer than {timeout_s:g} s. Split it, or save it in a simpler format."
    return ParseError("parse_timeout", message)


def _ended(status: int) -> ParseError:
    if status == -signal.SIGXCPU:
        return _late_cpu()
    if status == -signal.SIGKILL:
        # its time would have ended it by SIGXCPU first: this was the machine, short of memory
        message = "Reading the file took more memory than the machine had left. Retry it later, or split it."
        return ParseError("parse_too_large", message)
    return _broke_down()


def _late_cpu() -> ParseError:
    return ParseError("parse_timeout", "Reading the file takes too long. Split it, or save it in a simpler format.")


def _broke_down() -> ParseError:
    message = "The file is damaged: its reader broke down. Open it in its own program and save it anew."
    return ParseError("parse_failed", message)


def _unavailable() -> ParseError:
    return ParseError("parser_unavailable", "The process that reads files does not start. Restart Weft's worker.")
