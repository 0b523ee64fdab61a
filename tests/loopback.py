"""Keeps the test process on this machine: a connection to anywhere but loopback is a fault of the test."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any


def guard() -> None:
    """Patch the socket class, once and for the whole session. Child processes are not covered."""
    plain = {name: getattr(socket.socket, name) for name in ("connect", "connect_ex")}

    def guarded(name: str) -> Any:
        def connect(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6):
                refuse_foreign(str(address[0]))
            return plain[name](self, address)

        return connect

    for name in plain:
        setattr(socket.socket, name, guarded(name))


def refuse_foreign(host: str) -> None:
    try:
        local = host in ("localhost", "") or ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        local = False
    if not local:
        raise RuntimeError(f"A test tried to reach {host}; tests talk to loopback only.")
