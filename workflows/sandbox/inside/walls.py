"""Walls for the process that calls: namespaces of its own, and a root that holds nothing but the standard library.

Two ways lead there. With the capabilities of an administrator the namespaces are made directly, and programs later run
as nobody; without them everything happens in a user namespace, where an ordinary user may do the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from . import kernel

NOBODY = 65534
_NAMESPACES = (
    kernel.CLONE_NEWNS
    | kernel.CLONE_NEWPID
    | kernel.CLONE_NEWNET
    | kernel.CLONE_NEWIPC
    | kernel.CLONE_NEWUTS
    | kernel.CLONE_NEWCGROUP
)
_NEEDED = frozenset({kernel.CAP_SYS_ADMIN, kernel.CAP_SETUID, kernel.CAP_SETGID, kernel.CAP_KILL})
# A place to build the root on: it is on every Linux and no file of ours is below it.
_SITE = "/proc"


class WallError(Exception):
    """Something the walls need is missing here. `step` names it."""

    def __init__(self, step: str, error: OSError) -> None:
        super().__init__(f"{step}: {error}")
        self.step = step
        self.number = error.errno or 0


@contextmanager
def building(step: str) -> Iterator[None]:
    """Name the step in which the system says no."""
    try:
        yield
    except OSError as error:
        raise WallError(step, error) from error


def is_privileged() -> bool:
    """True when this process may make namespaces without a user namespace, and become nobody."""
    with open("/proc/self/status", encoding="ascii") as status:
        held = next(int(line.split()[1], 16) for line in status if line.startswith("CapEff:"))
    return os.geteuid() == 0 and all(held >> capability & 1 for capability in _NEEDED)


def enclose(folders: Iterable[str], hidden: Iterable[str], *, privileged: bool) -> None:
    """Leave the world: afterwards `folders` (without `hidden` below them) are all there is, at their old paths and
    read-only. The next child is the first process of a PID namespace.
    """
    folders, hidden = list(folders), list(hidden)
    user, group = os.geteuid(), os.getegid()
    with building("namespaces"):
        kernel.unshare(_NAMESPACES if privileged else _NAMESPACES | kernel.CLONE_NEWUSER)
    if not privileged:
        with building("user map"):
            _write("/proc/self/setgroups", "deny")
            _write("/proc/self/uid_map", f"{NOBODY} {user} 1")
            _write("/proc/self/gid_map", f"{NOBODY} {group} 1")
    with building("mounts"):
        kernel.mount("", "/", "", kernel.MS_REC | kernel.MS_PRIVATE)
        _build_root(folders, hidden)
    with building("root"):
        os.chdir(_SITE)
        kernel.pivot_root(".", ".")
        kernel.umount(".")
        os.chdir("/")


def _build_root(folders: list[str], hidden: list[str]) -> None:
    bare = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
    kernel.mount("root", _SITE, "tmpfs", bare, "size=64k,nr_inodes=64,mode=755")
    for folder in folders:
        os.makedirs(_SITE + folder)
        kernel.mount(folder, _SITE + folder, "", kernel.MS_BIND | kernel.MS_REC)
    for folder in hidden:
        kernel.mount("nothing", _SITE + folder, "tmpfs", bare | kernel.MS_RDONLY, "size=4k,nr_inodes=1,mode=555")
    kernel.seal_mount(_SITE)


def become_nobody() -> None:
    """Give up the administrator's user and groups; does nothing for who is not one."""
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
