"""Weft's own model server as a supervised process. Knows its command line and health route; torch loads only there."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from weft.services.layout import ROOT, DataDir
from weft.services.probes import http_ok
from weft.services.service import Service


def url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def service(data: DataDir, port: int, *, env: Mapping[str, str], model: str | None = None) -> Service:
    """`model` is a Hugging Face directory to serve; without one there are embeddings and weft-quote."""
    chosen = ("--model", str(Path(model).resolve()) if Path(model).is_dir() else model) if model else ()
    return Service(
        name="inference",
        title="Inference",
        command=(sys.executable, "-m", "inference", "serve", "--host", "127.0.0.1", "--port", str(port), *chosen),
        ready=lambda _pid: http_ok(port, "/health"),
        log=data.log("inference"),
        cwd=ROOT,
        env={**env, "MALLOC_ARENA_MAX": "2"},
        essential=False,
        start_timeout_s=600.0,  # a large model takes minutes to load from a slow disk
        port=port,
    )
