"""Brings the database to this version's schema, and finds out whether an administrator exists.

The supervisor calls `bring_up_to_date`, which runs `python -m weft.services.database` (this file, with Django) only
when something may have changed: on an ordinary start a fingerprint answers, and two seconds are saved.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from weft.services.errors import ServiceError
from weft.services.layout import ROOT, DataDir
from weft.services.process import last_lines


@dataclass(frozen=True, slots=True)
class Outcome:
    """`setup_token` is there as long as nobody has become administrator; it opens the one-time set-up page."""

    applied: int
    setup_token: str | None


def is_current(data: DataDir, env: Mapping[str, str]) -> bool:
    """Whether the schema is known to be this version's, so that nothing has to wait for `bring_up_to_date`."""
    return _known(data.run / "database.json").get("fingerprint") == _fingerprint(data, env)


def bring_up_to_date(data: DataDir, env: Mapping[str, str]) -> Outcome:
    """Apply missing migrations. Blocks; raises ServiceError with the reason when it cannot."""
    marker = data.run / "database.json"
    current = _fingerprint(data, env)
    if _known(marker) == {"fingerprint": current, "has_admin": True}:
        return Outcome(applied=0, setup_token=None)
    log = data.log("database")
    with log.open("ab") as errors:
        done = subprocess.run(
            [sys.executable, "-m", "weft.services.database"], cwd=ROOT, env=dict(env), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=errors, check=False,
        )  # fmt: skip
    if done.returncode != 0:
        raise ServiceError(
            "migration_failed", f"The database could not be prepared. The end of {log}:\n{last_lines(log)}"
        )
    outcome = Outcome(**json.loads(done.stdout.splitlines()[-1]))
    marker.write_text(json.dumps({"fingerprint": current, "has_admin": outcome.setup_token is None}))
    return outcome


def _known(marker: Path) -> dict[str, object]:
    try:
        found = json.loads(marker.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _fingerprint(data: DataDir, env: Mapping[str, str]) -> str:
    """Of the migrations in this source tree, and of the database they go to."""
    digest = hashlib.sha256(env["DATABASE_URL"].rpartition("@")[2].partition("/")[2].encode())
    cluster = data.postgres / "PG_VERSION"
    if cluster.exists():
        found = cluster.stat()
        digest.update(f"{found.st_ino} {found.st_mtime_ns}".encode())
    else:
        digest.update(env["DATABASE_URL"].encode())
    for path in sorted(ROOT.glob("apps/*/migrations/*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _migrate() -> Outcome:
    """Runs in the child: the only code here that loads Django."""
    import django
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    django.setup()
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        call_command("migrate", interactive=False, verbosity=1, stdout=sys.stderr)
    from apps.accounts.services import issue_setup_token

    return Outcome(applied=len(missing), setup_token=issue_setup_token())


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(_migrate())) + "\n")
