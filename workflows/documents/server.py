"""The process in which files are read: loads the parsers once, walls itself in, and forks one child for each file.

Started by `isolation` with nothing of our environment; never opens a file itself. A child gets the open file and a
socket for its answer, binds itself to its limits, and ends with its file: nothing passes from one file to the next.
Whoever asked hangs up to end the child; the host going away is the end of everything here.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import resource
import select
import signal
import socket
import sys
import sysconfig
from dataclasses import dataclass
from typing import Any

from workflows.documents.wire import MESSAGE_BYTES, framed
from workflows.sandbox.inside import calls, kernel, walls

# Compiled modules cannot be loaded once the walls stand; what Python loads on demand is loaded before.
_PRELOADED = (
    "_codecs_cn", "_codecs_tw", "_codecs_jp", "_codecs_kr", "_codecs_hk", "_codecs_iso2022", "_multibytecodec",
    "unicodedata", "_csv", "_json", "_datetime", "zlib", "_bz2", "_lzma", "binascii", "pyexpat", "_elementtree",
    "encodings.idna", "workflows.documents.work",
)  # fmt: skip
_DESCRIPTORS = 64
_GRACE_CPU_S = 5


@dataclass(slots=True)
class _Child:
    pid: int
    answer: socket.socket


def main() -> None:
    """Serve the host at the other end of standard input until it hangs up."""
    control = socket.socket(fileno=os.dup(0))
    for name in _PRELOADED:
        with contextlib.suppress(ModuleNotFoundError):  # few Pythons lack one of their own codecs
            importlib.import_module(name)
    importlib.import_module("workflows.documents.work").preload()
    base_bytes = _mapped_bytes()
    privileged = sys.platform == "linux" and walls.is_privileged()
    if sys.platform == "linux":
        _wall_in(privileged)
    first = os.fork()  # the first process of a PID namespace, where there is one
    if first:
        control.close()
        os.waitpid(first, 0)
        os._exit(0)
    gc.collect()
    gc.freeze()
    _Server(control, base_bytes, privileged).run()
    os._exit(0)


def _wall_in(privileged: bool) -> None:
    """No network and no files but Python's own, where the kernel lets us; each child has its call filter as well."""
    paths = sysconfig.get_paths()
    folders: list[str] = []
    for name in sorted({os.path.realpath(paths[key]) for key in ("stdlib", "platstdlib", "purelib", "platlib")}):
        if os.path.isdir(name) and not any(name.startswith(f"{each}/") for each in folders):
            folders.append(name)
    silence = os.open(os.devnull, os.O_WRONLY)
    try:
        walls.enclose(folders, [], privileged=privileged)
    except (walls.WallError, OSError) as exc:
        sys.stderr.write(f"Files are read without walls ({exc}): limits and the call filter alone bind parsers.\n")
        sys.stderr.flush()
    # the host's log is not for what files make parsers say
    os.dup2(silence, 2)
    os.close(silence)


class _Server:
    def __init__(self, control: socket.socket, base_bytes: int, privileged: bool) -> None:
        self._control, self._base_bytes, self._privileged = control, base_bytes, privileged
        self._children: dict[int, _Child] = {}
        self._poll = select.poll()
        self._poll.register(control, select.POLLIN)
        # A child's end interrupts the poll by a byte in this pair.
        self._ended, theirs = socket.socketpair()
        self._ended.setblocking(False)
        theirs.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(theirs.detach(), warn_on_full_buffer=False)
        self._poll.register(self._ended, select.POLLIN)

    def run(self) -> None:
        while True:
            for number, _ in self._poll.poll():
                if number == self._control.fileno():
                    if not self._hear():
                        self._end_all()
                        return
                elif number == self._ended.fileno():
                    with contextlib.suppress(BlockingIOError):
                        self._ended.recv(1024)
                    self._bury()
                elif number in self._children:
                    self._poll.unregister(number)
                    _kill(self._children[number].pid)

    def _hear(self) -> bool:
        try:
            data, fds, _, _ = socket.recv_fds(self._control, MESSAGE_BYTES, 2)
        except OSError:
            return False
        if len(data) < MESSAGE_BYTES or len(fds) != 2:
            for number in fds:
                os.close(number)
            return False
        answer, source = socket.socket(fileno=fds[0]), fds[1]
        pid = os.fork()
        if pid == 0:
            self._become_child(json.loads(data), answer, source)
        os.close(source)
        self._children[answer.fileno()] = _Child(pid, answer)
        self._poll.register(answer, 0)  # tells when the other end is closed
        return True

    def _become_child(self, job: dict[str, Any], answer: socket.socket, source: int) -> None:
        status = 1
        try:
            os.setsid()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._control.close()
            _limit(job, self._base_bytes, self._privileged)
            from workflows.documents.work import carry_out

            answer.sendall(framed(carry_out(job, source)))
            status = 0
        except (OSError, MemoryError):
            pass  # the host hung up, or hears of it by the status
        finally:
            os._exit(status)

    def _bury(self) -> None:
        """Every child that has ended; a host that waits in vain for its answer is told how it ended."""
        for number, child in list(self._children.items()):
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if not pid:
                continue
            del self._children[number]
            with contextlib.suppress(KeyError):
                self._poll.unregister(number)
            if status:
                end = {"ended": os.waitstatus_to_exitcode(status)}
                with contextlib.suppress(OSError):
                    child.answer.send(framed(end), socket.MSG_DONTWAIT)
            child.answer.close()

    def _end_all(self) -> None:
        for child in self._children.values():
            _kill(child.pid)


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _mapped_bytes() -> int:
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def _limit(job: dict[str, Any], base_bytes: int, privileged: bool) -> None:
    """Bind this process, for good: its memory, its time, no writing, no descendants, no call that no parser makes."""
    memory, cpu_s = base_bytes + job["memory_bytes"], job["cpu_s"]
    for kind, soft, hard in (
        (resource.RLIMIT_CPU, cpu_s, cpu_s + _GRACE_CPU_S),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_NOFILE, _DESCRIPTORS, _DESCRIPTORS),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        resource.setrlimit(kind, (soft, hard))
    if sys.platform != "linux":
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    kernel.end_with_parent(signal.SIGKILL)
    if privileged:
        walls.become_nobody()
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    if kernel.supported():
        kernel.filter_calls(calls.program())
