"""Do the services that this process depends on answer? Used by /readyz; each check takes two seconds at most.

The report names services and nothing else of them: the route is open to everyone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Literal, TypedDict
from urllib.parse import urlsplit

from weft.services.probes import TIMEOUT_S, http_ok

Status = Literal["ok", "unreachable", "off"]

MAX_AGE_S = 2.0


class ServiceReport(TypedDict):
    status: Status
    elapsed_ms: int


class Report(TypedDict):
    """`checked_at` is ISO-8601: a report may be `MAX_AGE_S` old."""

    status: Literal["ok", "unavailable"]
    checked_at: str
    services: dict[str, ServiceReport]


def recent_report() -> Report:
    """What `check_all` found at most two seconds ago. Whoever asks while it looks waits for the same answer."""
    global _recent
    with _looking:
        if _recent is None or time.monotonic() - _recent[0] > MAX_AGE_S:
            report = check_all()
            _recent = (time.monotonic(), report)
        return _recent[1]


_looking = threading.Lock()
_recent: tuple[float, Report] | None = None


def check_all() -> Report:
    """Every service's state. `off` means that none is configured, which is no fault."""
    from django.conf import settings

    checks: Mapping[str, Callable[[], Status]] = {
        "database": check_database,
        "redis": lambda: check_redis(settings.REDIS_URL),
        "chroma": lambda: check_http(settings.CHROMA_URL, "/api/v2/heartbeat"),
        "inference": lambda: check_http(settings.INFERENCE_URL, "/health"),
    }
    checked_at = datetime.now(UTC).isoformat()
    services = {name: _timed(check) for name, check in checks.items()}
    healthy = all(each["status"] != "unreachable" for each in services.values())
    return {"status": "ok" if healthy else "unavailable", "checked_at": checked_at, "services": services}


def check_database() -> Status:
    from django.db import DatabaseError, connection

    from weft.db.aio import release

    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return "ok"
    except DatabaseError:
        return "unreachable"
    finally:
        release()


def check_redis(url: str) -> Status:
    import redis

    try:
        with redis.Redis.from_url(url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S) as client:
            client.ping()
        return "ok"
    except redis.RedisError:
        return "unreachable"


def check_http(url: str, path: str) -> Status:
    if not url:
        return "off"
    where = urlsplit(url)
    port = where.port or (443 if where.scheme == "https" else 80)
    return "ok" if http_ok(port, path, host=where.hostname or "") else "unreachable"


def _timed(check: Callable[[], Status]) -> ServiceReport:
    started = time.monotonic()
    status = check()
    return {"status": status, "elapsed_ms": round((time.monotonic() - started) * 1000)}
