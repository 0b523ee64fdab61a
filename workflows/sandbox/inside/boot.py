"""From a fresh interpreter to a server behind walls, or to a message that says which step failed."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import sys
import sysconfig

from . import javascript_program, kernel, modules, walls
from .serve import Server, limit_descriptors

_SHARED_DATA = "/usr/share/zoneinfo"
_DESCRIPTORS = 256


def main() -> None:
    """Wall this process in and serve the host, which is at the other end of standard input."""
    quickjs = sys.argv[2] or None
    control = socket.socket(fileno=os.dup(0))
    os.dup2(1, 0)
    try:
        _boot(control, quickjs)
    except walls.WallError as error:
        control.send(json.dumps({"refused": error.step, "errno": error.number, "message": str(error)}).encode())


def _boot(control: socket.socket, quickjs: str | None) -> None:
    modules.preload()
    if quickjs is not None:
        javascript_program.load(quickjs)
    privileged = walls.is_privileged()
    standard = os.path.realpath(sysconfig.get_path("stdlib"))
    packages = [f"{standard}/{name}" for name in ("site-packages", "dist-packages")]
    folders = [standard] + [folder for folder in [_SHARED_DATA] if os.path.isdir(folder)]
    base_bytes = _mapped_bytes()
    _forget_the_world(standard)
    limit_descriptors(_DESCRIPTORS)
    walls.enclose(folders, [folder for folder in packages if os.path.isdir(folder)], privileged=privileged)
    child = os.fork()
    if child:
        control.close()
        os.waitpid(child, 0)
        os._exit(0)
    _serve(control, base_bytes, privileged=privileged)


def _serve(control: socket.socket, base_bytes: int, *, privileged: bool) -> None:
    keep = frozenset({kernel.CAP_SYS_ADMIN, kernel.CAP_SETUID, kernel.CAP_SETGID, kernel.CAP_KILL})
    with walls.building("capabilities"):
        kernel.drop_bounding_set(keep)
        kernel.set_capabilities(keep)
        kernel.end_with_parent(signal.SIGKILL)
        own_pids = os.pidfd_open(os.getpid())
    control.send(json.dumps({"ready": True, "javascript": javascript_program.loaded()}).encode())
    Server(control, own_pids, base_bytes, privileged=privileged).run()


def _mapped_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


def _forget_the_world(standard: str) -> None:
    """Nothing of the host stays in the variables a program could look at."""
    os.environ.clear()
    sys.argv[:] = [""]
    sys.path[:] = [standard]
    sys.path_importer_cache.clear()
