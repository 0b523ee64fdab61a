"""Chroma, the vector store: its own server (`chroma run`) on a loopback port.

Started through the package's Rust entry point, as the `chroma` command does, but without importing the Python client
first: 40 MB instead of 130. Telemetry is off for every process of ours (see environment.py).
"""

from __future__ import annotations

import os
import sys

from weft.services.layout import DataDir
from weft.services.probes import http_ok
from weft.services.service import Service

SERVE = "import sys, chromadb_rust_bindings; chromadb_rust_bindings.cli(['chroma', 'run', *sys.argv[1:]])"


def url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def service(data: DataDir, port: int) -> Service:
    return Service(
        name="chroma",
        title="Chroma",
        command=(sys.executable, "-c", SERVE, "--path", str(data.chroma), "--host", "127.0.0.1", "--port", str(port)),
        ready=lambda _pid: http_ok(port, "/api/v2/heartbeat"),
        log=data.log("chroma"),
        cwd=data.path,
        env={**os.environ, "ANONYMIZED_TELEMETRY": "False", "NO_COLOR": "1"},
        port=port,
    )
