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


def service(
    data: DataDir,
    port: int,
    *,
    env: Mapping[str, str],
    model: str | None = None,
    embedding: str | None = None,
    reranker: str | None = None,
) -> Service:
    """What to serve, as Hugging Face directories; without any there are the bundled embeddings and weft-quote."""
    served = {"--model": model, "--embedding": embedding, "--reranker": reranker}
    chosen = [part for option, name in served.items() if name for part in (option, _absolute(name))]
    return Service(
        name="inference",
        title="Inference",
        command=(
            *(sys.executable, "-m", "inference", "serve", "--host", "127.0.0.1", "--port", str(port)),
            *("--models-dir", str(data.models), *chosen),
        ),
        ready=lambda _pid: http_ok(port, "/health"),
        log=data.log("inference"),
        cwd=ROOT,
        env={**env, "MALLOC_ARENA_MAX": "2"},
        essential=False,
        start_timeout_s=600.0,  # a large model takes minutes to load from a slow disk
        port=port,
    )


def _absolute(name: str) -> str:
    """The server's folder is another one; a name that is no folder here is left to it."""
    return str(Path(name).resolve()) if Path(name).is_dir() else name
