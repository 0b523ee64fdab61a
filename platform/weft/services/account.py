"""The unprivileged account a server runs under when we are root: PostgreSQL refuses to run as root.

Knows users and file permissions. It changes no permission outside the data directory: where the account cannot reach
the program or the data (a clone under /root), the process keeps root's file access through one Linux capability.
"""

from __future__ import annotations

import os
import pwd
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from weft.services.errors import ServiceError

CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    uid: int
    gid: int
    keep_access: bool


def unprivileged(*, reaches: Iterable[Path]) -> Account | None:
    """None for an ordinary user. For root, an account that can reach every path in `reaches`."""
    if os.geteuid() != 0:
        return None
    found = _first_existing()
    reachable = all(_can_reach(found, path) for path in reaches)
    if not reachable and sys.platform != "linux":
        raise ServiceError(
            "root_unsupported",
            f"PostgreSQL refuses to run as root, and user {found.pw_name!r} cannot read this folder: "
            "run Weft as an ordinary user.",
        )
    return Account(name=found.pw_name, uid=found.pw_uid, gid=found.pw_gid, keep_access=not reachable)


def _first_existing() -> pwd.struct_passwd:
    for name in CANDIDATES:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ServiceError(
        "root_unsupported",
        "PostgreSQL refuses to run as root, and this system has neither a `postgres` nor a `nobody` user: "
        "run Weft as an ordinary user, or create one of the two.",
    )


def _can_reach(account: pwd.struct_passwd, path: Path) -> bool:
    """Whether every folder above `path` lets the account pass."""
    for folder in path.resolve().parents:
        if not folder.exists():
            continue
        found = folder.stat()
        if found.st_uid == account.pw_uid:
            allowed = found.st_mode & 0o100
        elif found.st_gid == account.pw_gid:
            allowed = found.st_mode & 0o010
        else:
            allowed = found.st_mode & 0o001
        if not allowed:
            return False
    return True
