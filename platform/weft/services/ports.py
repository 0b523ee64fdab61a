"""Free and busy TCP ports. Knows sockets and who owns them, not what they are for."""

from __future__ import annotations

import socket

import psutil

from weft.services.errors import ServiceError


def free_port(preferred: int | None = None) -> int:
    """A loopback port nobody listens on: `preferred` if it is free, so that addresses stay the same between starts."""
    if preferred and is_free("127.0.0.1", preferred):
        return preferred
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def require_free(host: str, port: int) -> None:
    """Raise a ServiceError that names who holds the port and what to do."""
    try:
        if is_free(host, port):
            return
    except OverflowError as exc:
        raise ServiceError("port_invalid", f"{port} is not a port: choose one from 1 to 65535.") from exc
    raise ServiceError(
        "port_busy",
        f"Port {port} on {host} is in use{_holder(port)}. Stop that program, or choose another port: "
        f"make up PORT={port + 1}",
    )


def _holder(port: int) -> str:
    """` by NAME (process PID)` where the system lets us see it."""
    try:
        for connection in psutil.net_connections(kind="tcp"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port
            if listens and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    except (psutil.Error, OSError):
        pass
    return ""
