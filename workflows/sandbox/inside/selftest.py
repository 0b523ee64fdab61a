"""What must be impossible here, tried for real: the last check before the sandbox calls itself a sandbox.

Runs as a job like any other, behind the same walls, with every module at hand.
"""

from __future__ import annotations

import ctypes
import os
import socket
from collections.abc import Callable

_CLONE_NEWUSER = 0x10000000


def holes() -> list[str]:
    """The names of the things that worked and must not; empty in a sound sandbox."""
    return [name for name, attempt in _ATTEMPTS.items() if _worked(attempt)]


def _worked(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True


def _holds(finding: object) -> None:
    if not finding:
        raise OSError


def _libc(call: str, *arguments: object) -> None:
    if getattr(ctypes.CDLL(None), call)(*arguments) < 0:
        raise OSError


_ATTEMPTS: dict[str, Callable[[], object]] = {
    "read a file of the host": lambda: open("/etc/passwd").close(),
    "see processes": lambda: os.listdir("/proc"),
    "see devices": lambda: os.listdir("/dev"),
    "write a file": lambda: open("/x", "w").close(),
    "make a folder": lambda: os.mkdir("/x"),
    "start a process": os.fork,
    "open a socket": lambda: socket.socket().close(),
    "make an executable mapping": lambda: _libc("mprotect", ctypes.c_void_p(0x10000), ctypes.c_size_t(0), 4),
    "signal another": lambda: os.kill(2**22, 0),
    "make a namespace": lambda: _libc("unshare", _CLONE_NEWUSER),
    "see the environment": lambda: _holds(os.environ),
    "be the administrator": lambda: _holds(os.getuid() == 0),
}
