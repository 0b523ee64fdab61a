"""Redis in the data directory: loopback only, with a password, its append-only log synced every second."""

from __future__ import annotations

import os

from weft.services.layout import DataDir
from weft.services.probes import redis_ok
from weft.services.programs import redis_server
from weft.services.secrets import Secrets
from weft.services.service import Service

DATABASES = 64


def url(port: int, secrets: Secrets) -> str:
    return f"redis://:{secrets.redis_password}@127.0.0.1:{port}/0"


def service(data: DataDir, port: int, secrets: Secrets, *, throwaway: bool = False) -> Service:
    config = data.run / "redis.conf"

    def prepare() -> None:
        # A file, not the command line: other users can read a command line, and with it the password.
        data.run.mkdir(parents=True, exist_ok=True)
        config.touch(mode=0o600)
        config.write_text(_config(data, port, secrets, throwaway))

    return Service(
        name="redis",
        title="Redis",
        command=(str(redis_server()), str(config)),
        ready=lambda _pid: redis_ok(port, secrets.redis_password),
        log=data.log("redis"),
        cwd=data.path,
        env=dict(os.environ),
        prepare=prepare,
        stop_timeout_s=20.0,
        port=port,
    )


def _config(data: DataDir, port: int, secrets: Secrets, throwaway: bool) -> str:
    return "\n".join((
        "bind 127.0.0.1",
        f"port {port}",
        f"requirepass {secrets.redis_password}",
        f'dir "{data.redis}"',
        f"databases {DATABASES}",
        f"appendonly {'no' if throwaway else 'yes'}",
        "appendfsync everysec",
        'save ""',
        "maxmemory-policy noeviction",
        "daemonize no",
        "",
    ))  # fmt: skip
