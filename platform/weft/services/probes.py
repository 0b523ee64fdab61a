"""Is a server answering? Each probe is one short exchange on the wire, so that the supervisor loads no client library.

A probe returns True when the server serves requests, and False for every other case; it never raises.
"""

from __future__ import annotations

import http.client
import socket
from pathlib import Path

TIMEOUT_S = 2.0


def http_ok(port: int, path: str, *, host: str = "127.0.0.1", timeout_s: float = TIMEOUT_S) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
    try:
        connection.request("GET", path)
        return 200 <= connection.getresponse().status < 300
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def redis_ok(port: int, password: str) -> bool:
    """AUTH and PING: a server still loading its log answers -LOADING, which is not ready."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2:
                received = connection.recv(256)
                if not received:
                    return False
                answer += received
            return answer == b"+OK\r\n+PONG\r\n"
    except OSError:
        return False


def postgres_ok(data: Path, pid: int) -> bool:
    """The postmaster writes its own state into postmaster.pid: line 1 its pid, line 8 `ready`."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"
