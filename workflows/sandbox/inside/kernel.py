"""What is asked of the Linux kernel that the standard library does not offer, by numbers and through ctypes.

Knows calls, numbers and structures; knows nothing of what they are used for.
"""

from __future__ import annotations

import ctypes
import os
import platform

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 0x1, 0x2, 0x4, 0x8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 0x20, 0x1000, 0x4000, 0x40000
MNT_DETACH = 0x2

CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_SYS_ADMIN = 5, 6, 7, 21

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38
_SECCOMP_SET_MODE_FILTER = 1
_CAPABILITY_VERSION_3 = 0x20080522
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_MOUNT_ATTR_RDONLY, _MOUNT_ATTR_NOSUID, _MOUNT_ATTR_NODEV = 0x1, 0x2, 0x4

# Number of a call by machine; the column is chosen once.
_COLUMN = {"x86_64": 0, "aarch64": 1}.get(platform.machine())
AUDIT_ARCH = (0xC000003E, 0xC00000B7)[_COLUMN] if _COLUMN is not None else None
_OWN_CALLS = {
    "pivot_root": (155, 41),
    "mount_setattr": (442, 442),
    "seccomp": (317, 277),
    "capset": (126, 91),
    "setns": (308, 268),
    "unshare": (272, 97),
}

_libc = ctypes.CDLL(None, use_errno=True)


class _MountAttr(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns_fd")]


class _SockFprog(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def supported() -> bool:
    """True on a processor whose call numbers are known."""
    return _COLUMN is not None


def column() -> int:
    """Which column of a table of call numbers belongs to this machine."""
    if _COLUMN is None:
        raise OSError(f"call numbers of {platform.machine()} are not known")
    return _COLUMN


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)
    return result


def _syscall(name: str, *args: object) -> int:
    number = _OWN_CALLS[name][column()]
    values = [ctypes.c_long(arg) if isinstance(arg, int) else arg for arg in args]
    return _checked(_libc.syscall(ctypes.c_long(number), *values), name)


def unshare(flags: int) -> None:
    _syscall("unshare", flags)


def setns(fd: int, flags: int) -> None:
    _syscall("setns", fd, flags)


def pivot_root(new: str, old: str) -> None:
    _syscall("pivot_root", ctypes.c_char_p(os.fsencode(new)), ctypes.c_char_p(os.fsencode(old)))


def mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    texts = [ctypes.c_char_p(os.fsencode(text)) for text in (source, target, kind)]
    _checked(_libc.mount(*texts, ctypes.c_ulong(flags), ctypes.c_char_p(data.encode())), f"mount {target}")


def umount(target: str) -> None:
    _checked(_libc.umount2(ctypes.c_char_p(os.fsencode(target)), MNT_DETACH), "umount")


def seal_mount(target: str) -> None:
    """Make the mount at `target`, and all below it, read-only, without devices and set-uid programs."""
    attr = _MountAttr(set=_MOUNT_ATTR_RDONLY | _MOUNT_ATTR_NOSUID | _MOUNT_ATTR_NODEV)
    path = ctypes.c_char_p(os.fsencode(target))
    _syscall("mount_setattr", _AT_FDCWD, path, _AT_RECURSIVE, ctypes.byref(attr), ctypes.sizeof(attr))


def end_with_parent(signal: int) -> None:
    """Get `signal` when the parent ends."""
    _checked(_libc.prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal), 0, 0, 0), "prctl PDEATHSIG")


def drop_bounding_set(keep: frozenset[int]) -> None:
    """Give up for ever, for this process and its children, every capability but `keep`."""
    for capability in range(64):
        if capability not in keep and _libc.prctl(_PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0) < 0:
            break


def set_capabilities(keep: frozenset[int]) -> None:
    """Hold exactly `keep`, now."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    mask = sum(1 << capability for capability in keep)
    low, high = mask & 0xFFFFFFFF, mask >> 32
    data = (ctypes.c_uint32 * 6)(low, low, 0, high, high, 0)
    _syscall("capset", ctypes.byref(header), ctypes.byref(data))


def hide_memory() -> None:
    """Nobody may trace this process or read its memory."""
    _checked(_libc.prctl(_PR_SET_DUMPABLE, ctypes.c_ulong(0), 0, 0, 0), "prctl DUMPABLE")


def filter_calls(program: bytes) -> None:
    """Bind this process, for ever, to the BPF `program`: it may gain no privilege, and make only the calls allowed."""
    _checked(_libc.prctl(_PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), 0, 0, 0), "prctl NO_NEW_PRIVS")
    argument = _SockFprog(len(program) // 8, program)
    _syscall("seccomp", _SECCOMP_SET_MODE_FILTER, 0, ctypes.byref(argument))
