"""PostgreSQL in the data directory, started as a plain child process so that it ends with its supervisor.

It listens on one loopback port, with a password; settings are sized for a laptop and passed on the command line, so
that a new version of Weft can change them without editing a file in the cluster.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

from weft.services.account import Account, unprivileged
from weft.services.errors import ServiceError
from weft.services.layout import DataDir
from weft.services.probes import postgres_ok
from weft.services.process import launched
from weft.services.programs import postgres_bin
from weft.services.secrets import Secrets
from weft.services.service import Service

USER = DATABASE = "weft"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "80",
    "shared_buffers": "64MB",
    "effective_cache_size": "512MB",
    "work_mem": "8MB",
    "max_wal_size": "512MB",
    "huge_pages": "off",
    "io_method": "sync",  # no separate I/O processes: they cost memory and help big servers only
    "jit": "off",
    "max_wal_senders": "0",
    "wal_level": "minimal",
    "logging_collector": "off",
}
# For tests: nothing has to survive a power cut.
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}


def url(port: int, secrets: Secrets) -> str:
    return f"postgres://{USER}:{secrets.database_password}@127.0.0.1:{port}/{DATABASE}"


def service(data: DataDir, port: int, secrets: Secrets, *, throwaway: bool = False) -> Service:
    programs = postgres_bin()
    account = unprivileged(reaches=(programs / "postgres", data.postgres))
    settings = {**SETTINGS, **(THROWAWAY if throwaway else {})}
    if _major(programs) < 18:
        settings.pop("io_method")
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return Service(
        name="postgres",
        title="PostgreSQL",
        command=(str(programs / "postgres"), "-D", str(data.postgres), "-p", str(port), *options),
        ready=lambda pid: postgres_ok(data.postgres, pid),
        log=data.log("postgres"),
        cwd=data.path,
        env=_environment(),
        account=account,
        prepare=lambda: _prepare(data, programs, account, secrets.database_password),
        stop_signal=signal.SIGINT,  # "fast": roll back what is open, write a checkpoint, end
        death_signal=signal.SIGINT,
        stop_timeout_s=30.0,
        start_timeout_s=180.0,  # recovery after a crash replays up to max_wal_size
        port=port,
    )


def _environment() -> dict[str, str]:
    """The system's environment without anything that redirects PostgreSQL."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"TZ": "UTC"}


def _major(programs: Path) -> int:
    """`postgres (PostgreSQL) 18.1 (Debian …)` -> 18."""
    text = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return int(text.split()[2].split(".")[0])


def _prepare(data: DataDir, programs: Path, account: Account | None, password: str) -> None:
    """Make the cluster on first start. A half-made one (interrupted, disk full) is thrown away and made again."""
    version = data.postgres / "PG_VERSION"
    if not version.exists():
        _initialise(data, programs, account, password)
    elif version.read_text().strip() != str(_major(programs)):
        raise ServiceError(
            "postgres_version",
            f"{data.postgres} was made by PostgreSQL {version.read_text().strip()}, but version {_major(programs)} is "
            "installed here. Start Weft with the version that made it, or move the folder away to begin anew.",
        )


def _initialise(data: DataDir, programs: Path, account: Account | None, password: str) -> None:
    draft = data.path / "postgres.new"
    password_file = data.path / "postgres.password"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    if account is not None:
        os.chown(draft, account.uid, account.gid)
        os.chown(password_file, account.uid, account.gid)
    try:
        _run(data, account, [
            str(programs / "initdb"), "-D", str(draft), "-U", USER, f"--pwfile={password_file}", "--auth=scram-sha-256",
            "--encoding=UTF8", "--no-locale", "--no-instructions",
        ])  # fmt: skip
        _run(data, account, [str(programs / "postgres"), "--single", "-D", str(draft), "postgres"],
             f"CREATE DATABASE {DATABASE};\n")  # fmt: skip
        draft.replace(data.postgres)
    finally:
        password_file.unlink(missing_ok=True)


def _run(data: DataDir, account: Account | None, command: list[str], text: str = "") -> None:
    """Run a PostgreSQL program to its end under the right account; its output goes to the service's log."""
    done = subprocess.run(
        launched(command, account=account, death_signal=signal.SIGTERM),
        input=text, cwd=data.path, env=_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    data.logs.mkdir(exist_ok=True)
    with data.log("postgres").open("a") as log:
        log.write(done.stdout + done.stderr)
    if done.returncode != 0:
        reason = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise ServiceError(
            "postgres_init_failed",
            f"PostgreSQL could not make its database in {data.postgres}: {' '.join(reason)}. "
            f"Details: {data.log('postgres')}",
        )
