"""Environments for the engines we compare with, made once under a cache folder.

Knows which Python each needs and where to look for it; knows nothing of what is measured.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ENGINES = Path(__file__).parent / "engines"
_DONE = ".installed"


class Peer(NamedTuple):
    """An engine of others: what its program is called, and the oldest and newest Python it runs on."""

    name: str
    oldest: tuple[int, int]
    newest: tuple[int, int]


PEERS = (Peer("graphon", (3, 12), (3, 13)), Peer("langgraph", (3, 11), (3, 13)))


class Unavailable(Exception):
    """A peer that cannot be measured here; says why."""


def cache() -> Path:
    """Where environments are kept between runs."""
    root = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(root) / "weft-bench"


def python_of(peer: Peer) -> Path:
    """The peer's own interpreter, with what it needs installed. Raises Unavailable."""
    requirements = ENGINES / f"requirements-{peer.name}.txt"
    version = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    home = cache() / f"{peer.name}-{version}"
    python = home / "bin" / "python"
    if not (home / _DONE).exists():
        shutil.rmtree(home, ignore_errors=True)
        _call(f"make an environment for {peer.name}", [str(_base(peer)), "-m", "venv", str(home)])
        _call(f"install {peer.name}", [str(python), "-m", "pip", "install", "--quiet", "-r", str(requirements)])
        (home / _DONE).touch()
    return python


def _base(peer: Peer) -> Path:
    """A Python of a version that fits. The one named by BENCH_PYTHON, this one, on the path, or made by pyenv."""
    versions = [(3, minor) for minor in range(peer.oldest[1], peer.newest[1] + 1)]
    if peer.oldest <= sys.version_info[:2] <= peer.newest:
        return Path(sys.executable)
    candidates = [Path(os.environ["BENCH_PYTHON"])] if "BENCH_PYTHON" in os.environ else []
    for major, minor in versions:
        if found := shutil.which(f"python{major}.{minor}"):
            candidates.append(Path(found))
        candidates += sorted(Path.home().glob(f".pyenv/versions/{major}.{minor}.*/bin/python"))
    for candidate in candidates:
        if _version(candidate) in versions:
            return candidate
    wanted = " or ".join(f"{major}.{minor}" for major, minor in versions)
    raise Unavailable(f"{peer.name} needs Python {wanted}, which is not here; install it or name one with BENCH_PYTHON")


def _version(python: Path) -> tuple[int, int] | None:
    probe = [str(python), "-c", "import sys; print(*sys.version_info[:2])"]
    done = subprocess.run(probe, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return None
    major, minor = done.stdout.split()
    return int(major), int(minor)


def _call(purpose: str, command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unavailable(f"could not {purpose}: {(done.stderr or done.stdout).strip().splitlines()[-1:]}")
