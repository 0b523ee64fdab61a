"""Looked at before anything starts: each fault is one sentence with its remedy. Changes only the data directory."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
from typing import IO
from urllib.parse import urlsplit

from weft.services import state
from weft.services.environment import REPLACEABLE
from weft.services.errors import ServiceError
from weft.services.layout import ROOT, DataDir
from weft.services.options import Options
from weft.services.ports import require_free

NEEDED_BYTES = 500_000_000
DEFAULT_PORTS = {"postgres": 5432, "postgresql": 5432, "redis": 6379, "rediss": 6379, "https": 443}


def take_data_dir(data: DataDir) -> IO[str]:
    """Make the data directory and lock it for this process. The lock ends with the process, however it ends."""
    try:
        data.make()
        lock = data.lock.open("a")
    except OSError as exc:
        raise ServiceError(
            "data_dir_unusable",
            f"Cannot write to the data directory {data.path} ({exc.strerror}). Give yourself write access to it, "
            "or choose another with DATA_DIR=… or --data-dir.",
        ) from exc
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        lock.close()
        raise ServiceError("already_running", _already_running(data)) from exc
    return lock


def check(options: Options, data: DataDir) -> None:
    """Raise ServiceError for the first thing that would keep Weft from starting."""
    _check_owner(data)
    _check_space(data)
    _check_model(options)
    _check_external()
    if not 1 <= options.port <= 65535:
        raise ServiceError("port_invalid", f"{options.port} is not a port: choose one from 1 to 65535.")
    require_free(options.host, options.port)


def missing_front_end() -> str | None:
    """A sentence when the console was never built. The API works without it, so it is a warning."""
    if (ROOT / "frontend" / "dist" / "index.html").is_file():
        return None
    return "The front end is not built: pages will say so. Run `make setup` once."


def _already_running(data: DataDir) -> str:
    running = state.read(data.state)
    where = running.env.get("WEFT_BASE_URL")
    process = f" as process {running.supervisor.pid}" if running.supervisor else ""
    address = f" at {where}" if where else ""
    return (
        f"Weft already runs on the data directory {data.path}{process}{address}. Stop it first (Ctrl-C there), "
        "or start a second one beside it: make up PORT=8001 DATA_DIR=data2"
    )


def _check_owner(data: DataDir) -> None:
    """Data made by root cannot be used by an ordinary user, nor another user's by us."""
    for path in (data.secrets, data.redis, data.chroma):
        if path.exists() and not os.access(path, os.R_OK | os.W_OK):
            raise ServiceError(
                "data_dir_foreign",
                f"{path} belongs to another user (was Weft started with sudo before?). "
                f"Take the folder over with `sudo chown -R $(id -u) {data.path}`, or choose another with DATA_DIR=…",
            )


def _check_space(data: DataDir) -> None:
    free = shutil.disk_usage(data.path).free
    if free < NEEDED_BYTES:
        raise ServiceError(
            "disk_full",
            f"Only {free // 1_000_000} MB are free where {data.path} lies; to start safely, Weft needs "
            f"{NEEDED_BYTES // 1_000_000} MB. Free some space, or choose another place with DATA_DIR=…",
        )


def _check_external() -> None:
    """A server of one's own that does not answer is found now, not by the first request."""
    for variable in REPLACEABLE.values():
        where = urlsplit(os.environ.get(variable, ""))
        if not where.hostname:  # none given, or a unix socket
            continue
        port = where.port or DEFAULT_PORTS.get(where.scheme.partition("+")[0], 80)
        try:
            socket.create_connection((where.hostname, port), timeout=5).close()
        except OSError as exc:
            raise ServiceError(
                "external_unreachable",
                f"{variable} names {where.hostname}:{port}, but nothing answers there ({exc}). Start that server, "
                f"correct the address, or leave {variable} out to use the one that comes with Weft.",
            ) from exc


def _check_model(options: Options) -> None:
    served = {"--model": options.model, "--embedding": options.embedding, "--reranker": options.reranker}
    for option, name in served.items():
        if name and os.sep in name and not os.path.isdir(name):
            raise ServiceError("model_missing", f"There is no folder {name}. {option} takes a model directory.")
