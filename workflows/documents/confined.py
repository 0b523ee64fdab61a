"""A program of someone else's, confined: `… FILE_BYTES MEMORY_BYTES CPU_S COMMAND…` limits itself and becomes it.

It may read, compute and write what it is given to write; it reaches no network and gains no privilege.
"""

from __future__ import annotations

import os
import resource
import struct
import sys

from workflows.sandbox.inside import kernel

_AF_UNIX = 1
_EPERM = 1
_RET_ERRNO, _RET_ALLOW, _RET_KILL = 0x00050000, 0x7FFF0000, 0x80000000
_LOAD, _JUMP_EQUAL, _RETURN = 0x20, 0x15, 0x06
_SOCKET = (41, 198)


def main() -> None:
    output, memory, seconds = (int(each) for each in sys.argv[2:5])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (output, output))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux" and kernel.supported():
        kernel.filter_calls(_no_network())
    os.execv(sys.argv[5], sys.argv[5:])


def _no_network() -> bytes:
    """Sockets between processes of this machine may be made, no others."""

    def step(code: int, if_so: int, if_not: int, value: int) -> bytes:
        return struct.pack("HBBI", code, if_so, if_not, value)

    return b"".join(
        [
            step(_LOAD, 0, 0, 4),
            step(_JUMP_EQUAL, 1, 0, kernel.AUDIT_ARCH or 0),
            step(_RETURN, 0, 0, _RET_KILL),
            step(_LOAD, 0, 0, 0),
            step(_JUMP_EQUAL, 0, 3, _SOCKET[kernel.column()]),
            step(_LOAD, 0, 0, 16),
            step(_JUMP_EQUAL, 1, 0, _AF_UNIX),
            step(_RETURN, 0, 0, _RET_ERRNO | _EPERM),
            step(_RETURN, 0, 0, _RET_ALLOW),
        ]
    )
