"""The first process behind the walls: gives each job a child of its own, and ends those that are late.

One child for one job, in a PID namespace of its own: no state passes from one program to the next, and killing the
child is killing all there is of it. Children are forked ahead of the jobs, so that a job need not wait for a fork.
The host going away is the end of everything here.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import select
import signal
import socket
import time
from dataclasses import dataclass

from . import kernel
from .job import carry_out

_MESSAGE_BYTES = 16 * 1024
_SPARE = 2


@dataclass
class _Child:
    number: int
    pid: int
    pidfd: int
    deadline: float = float("inf")
    late: bool = False


class Server:
    """Jobs in, ends out, over `control`; the programs themselves never pass through here."""

    def __init__(self, control: socket.socket, own_pids: int, base_bytes: int, *, privileged: bool) -> None:
        self._control = control
        self._own_pids = own_pids
        self._base_bytes = base_bytes
        self._privileged = privileged
        self._children: dict[int, _Child] = {}
        self._forked = 0
        self._poll = select.poll()

    def run(self) -> None:
        """Serve until the host hangs up."""
        gc.freeze()
        self._poll.register(self._control, select.POLLIN)
        for _ in range(_SPARE):
            self._fork()
        while True:
            for fd, _ in self._poll.poll(self._wait_ms()):
                if fd != self._control.fileno():
                    self._bury(self._children.pop(fd))
                elif not self._hear():
                    return
            self._end_late()

    def _wait_ms(self) -> float | None:
        next_end = min((child.deadline for child in self._children.values() if not child.late), default=float("inf"))
        return None if next_end == float("inf") else max(0.0, next_end - time.monotonic()) * 1000 + 1

    def _hear(self) -> bool:
        data = self._control.recv(_MESSAGE_BYTES)
        if not data:
            return False
        message = json.loads(data)
        child = next((child for child in self._children.values() if child.number == message["child"]), None)
        if "seconds" in message:
            if child is not None:
                child.deadline = time.monotonic() + message["seconds"]
            self._fork()
        elif child is not None:
            os.kill(child.pid, signal.SIGKILL)
        return True

    def _fork(self) -> None:
        """One more child; its other end goes to the host, which speaks to it directly."""
        theirs, ours = socket.socketpair()
        kernel.unshare(kernel.CLONE_NEWPID)
        pid = os.fork()
        if pid == 0:
            carry_out(ours.fileno(), self._base_bytes, privileged=self._privileged)
        kernel.setns(self._own_pids, kernel.CLONE_NEWPID)
        self._forked += 1
        child = _Child(self._forked, pid, os.pidfd_open(pid))
        self._children[child.pidfd] = child
        self._poll.register(child.pidfd, select.POLLIN)
        socket.send_fds(self._control, [json.dumps({"spare": child.number}).encode()], [theirs.fileno()])
        theirs.close()
        ours.close()

    def _end_late(self) -> None:
        now = time.monotonic()
        for child in self._children.values():
            if child.deadline <= now and not child.late:
                child.late = True
                os.kill(child.pid, signal.SIGKILL)

    def _bury(self, child: _Child) -> None:
        self._poll.unregister(child.pidfd)
        os.close(child.pidfd)
        _, status = os.waitpid(child.pid, 0)
        reason = "late" if child.late else _said(status)
        self._control.send(json.dumps({"ended": child.number, "reason": reason}).encode())


def _said(status: int) -> str:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return "late" if number == signal.SIGXCPU else signal.Signals(number).name
    return f"exit {os.WEXITSTATUS(status)}"


def limit_descriptors(most: int) -> None:
    """So that a child has few to close."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
