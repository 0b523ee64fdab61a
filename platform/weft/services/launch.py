"""Become a service: leave the terminal's process group, die with the supervisor, drop root, then exec the command.

Run by path as `python -I -S launch.py OPTIONS -- COMMAND…`, so that it costs about 10 ms and no import of ours. Doing
this in a program of its own, not in a `preexec_fn`, keeps Python code out of the fork. Knows nothing of what it starts.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAP_VERSION_3 = 0x20080522


class _CapHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapData(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def die_with_parent(libc: ctypes.CDLL, signal_number: int, parent: int) -> None:
    """Ask Linux for `signal_number` when the supervisor ends, even by kill -9. Elsewhere the next start cleans up."""
    libc.prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:  # it ended before we asked
        sys.exit(1)


def become(libc: ctypes.CDLL | None, uid: int, gid: int, keep_access: bool) -> None:
    """Drop root for `uid`. With `keep_access`, file access stays root's: for programs that only refuse to *be* root."""
    if keep_access and libc is not None:
        libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    if keep_access and libc is not None:
        header = _CapHeader(CAP_VERSION_3, 0)
        bit = 1 << CAP_DAC_OVERRIDE
        data = (_CapData * 2)(_CapData(bit, bit, bit), _CapData(0, 0, 0))
        libc.capset(ctypes.byref(header), ctypes.byref(data))
        libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, default=0)
    parser.add_argument("--death-signal", type=int, default=0)
    parser.add_argument("--uid", type=int, default=-1)
    parser.add_argument("--gid", type=int, default=-1)
    parser.add_argument("--keep-access", action="store_true")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()

    with contextlib.suppress(PermissionError):  # already a group leader
        os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    if options.uid >= 0:
        become(libc, options.uid, options.gid, options.keep_access)
    if libc is not None and options.death_signal:  # after the change of user, which clears it
        die_with_parent(libc, options.death_signal, options.parent)
    os.execv(options.command[0], options.command)


if __name__ == "__main__":
    main()
