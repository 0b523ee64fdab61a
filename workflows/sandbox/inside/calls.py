"""The system calls a program may make, and the BPF program that lets no other through.

An allow list: memory, clocks, its own streams, and reading the files that are there. Nothing makes a process, a
thread, a socket to anywhere, a new file, executable memory or a signal. What is not allowed fails with EPERM.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from . import kernel

_EPERM = 1
_RET_KILL, _RET_ERRNO, _RET_ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
_LOAD, _JUMP_EQUAL, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_AT_NUMBER, _AT_ARCH, _AT_ARGS = 0, 4, 16

_O_CHANGES = 0o1 | 0o2 | 0o100 | 0o1000 | 0o2000 | 0o10000000 | 0o20000000
"""O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND, O_PATH, O_TMPFILE."""
_PROT_EXEC = 0x4
_AF_UNIX = 1
_FCNTL = (0, 1, 2, 3, 4, 1030)  # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC
_IOCTL = (0x5401, 0x5413, 0x5421, 0x5451)  # TCGETS, TIOCGWINSZ, FIONBIO, FIOCLEX


class Call(NamedTuple):
    """One allowed call: its numbers by machine (None: it has no such call), and what must hold of one argument."""

    numbers: tuple[int | None, int | None]
    argument: int | None = None
    one_of: tuple[int, ...] = ()
    no_bits: int = 0


ALLOWED: dict[str, Call] = {
    "read": Call((0, 63)),
    "write": Call((1, 64)),
    "mmap": Call((9, 222), argument=2, no_bits=_PROT_EXEC),
    "munmap": Call((11, 215)),
    "brk": Call((12, 214)),
    "mprotect": Call((10, 226), argument=2, no_bits=_PROT_EXEC),
    "mremap": Call((25, 216)),
    "madvise": Call((28, 233)),
    "close": Call((3, 57)),
    "fstat": Call((5, 80)),
    "newfstatat": Call((262, 79)),
    "stat": Call((4, None)),
    "lstat": Call((6, None)),
    "statx": Call((332, 291)),
    "lseek": Call((8, 62)),
    "readv": Call((19, 65)),
    "writev": Call((20, 66)),
    "pread64": Call((17, 67)),
    "openat": Call((257, 56), argument=2, no_bits=_O_CHANGES),
    "open": Call((2, None), argument=1, no_bits=_O_CHANGES),
    "access": Call((21, None)),
    "faccessat": Call((269, 48)),
    "faccessat2": Call((439, 439)),
    "readlink": Call((89, None)),
    "readlinkat": Call((267, 78)),
    "getdents64": Call((217, 61)),
    "getcwd": Call((79, 17)),
    "fcntl": Call((72, 25), argument=1, one_of=_FCNTL),
    "ioctl": Call((16, 29), argument=1, one_of=_IOCTL),
    "rt_sigaction": Call((13, 134)),
    "rt_sigprocmask": Call((14, 135)),
    "rt_sigreturn": Call((15, 139)),
    "sigaltstack": Call((131, 132)),
    "restart_syscall": Call((219, 128)),
    "clock_gettime": Call((228, 113)),
    "clock_getres": Call((229, 114)),
    "clock_nanosleep": Call((230, 115)),
    "nanosleep": Call((35, 101)),
    "gettimeofday": Call((96, 169)),
    "time": Call((201, None)),
    "times": Call((100, 153)),
    "getrandom": Call((318, 278)),
    "getrusage": Call((98, 165)),
    # Of the process itself only, where hard limits can but go down.
    "prlimit64": Call((302, 261), argument=0, one_of=(0,)),
    "sched_yield": Call((24, 124)),
    "sched_getaffinity": Call((204, 123)),
    "futex": Call((202, 98)),
    "set_robust_list": Call((273, 99)),
    "rseq": Call((334, 293)),
    "uname": Call((63, 160)),
    "getpid": Call((39, 172)),
    "getppid": Call((110, 173)),
    "gettid": Call((186, 178)),
    "getuid": Call((102, 174)),
    "geteuid": Call((107, 175)),
    "getgid": Call((104, 176)),
    "getegid": Call((108, 177)),
    # asyncio wakes itself through a pair of sockets that lead nowhere else, and waits on them.
    "socketpair": Call((53, 199), argument=0, one_of=(_AF_UNIX,)),
    "sendto": Call((44, 206), argument=4, one_of=(0,)),
    "recvfrom": Call((45, 207)),
    "epoll_create1": Call((291, 20)),
    "epoll_ctl": Call((233, 21)),
    "epoll_wait": Call((232, None)),
    "epoll_pwait": Call((281, 22)),
    "poll": Call((7, None)),
    "ppoll": Call((271, 73)),
    "select": Call((23, None)),
    "pselect6": Call((270, 72)),
    "exit": Call((60, 93)),
    "exit_group": Call((231, 94)),
}


def program() -> bytes:
    """The filter for this machine."""
    column = kernel.column()
    steps = [_load(_AT_ARCH), _jump(_JUMP_EQUAL, kernel.AUDIT_ARCH or 0, 1, 0), _return(_RET_KILL), _load(_AT_NUMBER)]
    for call in ALLOWED.values():
        number = call.numbers[column]
        if number is not None:
            body = _conditions(call)
            steps += [_jump(_JUMP_EQUAL, number, 0, len(body)), *body]
    return b"".join([*steps, _return(_RET_ERRNO | _EPERM)])


def _conditions(call: Call) -> list[bytes]:
    """What follows when the number is that of `call`; always ends in a return."""
    if call.argument is None:
        return [_return(_RET_ALLOW)]
    low = _load(_AT_ARGS + 8 * call.argument)
    no = _return(_RET_ERRNO | _EPERM)
    if call.no_bits:
        return [low, _jump(_JUMP_ANY_BIT, call.no_bits, 0, 1), no, _return(_RET_ALLOW)]
    high = [_load(_AT_ARGS + 8 * call.argument + 4), _jump(_JUMP_EQUAL, 0, 1, 0), no]
    left = len(call.one_of)
    choices = [_jump(_JUMP_EQUAL, value, left - i, 0) for i, value in enumerate(call.one_of)]
    return [*high, low, *choices, no, _return(_RET_ALLOW)]


def _load(offset: int) -> bytes:
    return struct.pack("HBBI", _LOAD, 0, 0, offset)


def _jump(kind: int, value: int, if_so: int, if_not: int) -> bytes:
    return struct.pack("HBBI", kind, if_so, if_not, value)


def _return(action: int) -> bytes:
    return struct.pack("HBBI", _RETURN, 0, 0, action)
