"""Takes the server's port before anything heavy is loaded, so that a busy one is reported at once."""

from __future__ import annotations

import errno
import socket

from inference.errors import InferenceError


def bind(host: str, port: int) -> socket.socket:
    """A bound socket that does not listen yet: clients are refused until models are loaded."""
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        taken = error.errno == errno.EADDRINUSE
        reason = "is taken; choose another with --port" if taken else f"cannot be used: {error.strerror}"
        raise InferenceError("port_unavailable", f"port {port} on {host} {reason}.") from error
    return bound
