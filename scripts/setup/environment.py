"""The Python environment in .venv: made when missing, made again when broken, filled from the lock files."""

from __future__ import annotations

import shutil
import subprocess
import sys

import stamp
import torch_build
from errors import SetupError
from packages import pip
from paths import REQUIREMENTS, ROOT, STAMP, VENV, VENV_PYTHON
from shell import run, say

NEEDED_BYTES = 4_000_000_000
# There while packages are being installed: one that was cut off can look installed and lack half of its files.
UNFINISHED = VENV / "weft-unfinished"
FILES = ("pip.txt", "torch.txt", "lock.txt")
DEV_FILES = ("dev-lock.txt", "triton.txt")


def make(*, dev: bool) -> None:
    """Bring .venv to what the lock files say. An unchanged environment costs a few milliseconds."""
    files = [REQUIREMENTS / name for name in (*FILES, *(DEV_FILES if dev else []))]
    wanted = stamp.digest(files, *torch_build.overrides())
    known = stamp.read(STAMP)
    if wanted in (known.get("packages"), known.get("packages_dev")) and VENV_PYTHON.exists():
        return
    _require_python()
    _require_space()
    if VENV.exists() and (UNFINISHED.exists() or not _works()):
        say("  ! .venv is broken or was left half-made; making it again")
        shutil.rmtree(VENV)
    if not VENV.exists():
        _create()
    UNFINISHED.touch()
    pip("Newer pip", "-r", REQUIREMENTS / "pip.txt")
    torch_build.install()
    pip("Python packages", "-r", REQUIREMENTS / "lock.txt")
    if dev:
        pip("Test and check tools", "-r", REQUIREMENTS / "dev-lock.txt")
        if not _has("triton"):
            pip("Triton's interpreter", "-r", REQUIREMENTS / "triton.txt")
    # A full set-up includes the plain one, so that `make up` after `make test` has nothing to do.
    plain = stamp.digest([REQUIREMENTS / name for name in FILES], *torch_build.overrides())
    stamp.write(STAMP, packages=plain, **({"packages_dev": wanted} if dev else {}))
    UNFINISHED.unlink()


def _has(package: str) -> bool:
    """Whether it is installed: PyTorch's CUDA builds bring the Triton they were made for."""
    check = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({package!r}) is None)"
    return subprocess.run([VENV_PYTHON, "-c", check], check=False).returncode == 0


def _require_python() -> None:
    if not (3, 11) <= sys.version_info[:2] <= (3, 12):
        version = ".".join(map(str, sys.version_info[:3]))
        raise SetupError(
            f"Weft needs Python 3.11 or 3.12; this is {version} ({sys.executable}). "
            "Install one of the two and name it: make setup PYTHON=/path/to/python3.12"
        )


def _require_space() -> None:
    free = shutil.disk_usage(ROOT).free
    if not STAMP.exists() and free < NEEDED_BYTES:
        raise SetupError(
            f"Only {free / 1e9:.1f} GB are free where {ROOT} lies; set-up needs about {NEEDED_BYTES / 1e9:.0f} GB. "
            "Free some space and run the same command again."
        )


def _works() -> bool:
    """Whether .venv has a Python that runs, of the right version, with a working pip."""
    check = "import sys, pip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))"
    try:
        return subprocess.run([VENV_PYTHON, "-c", check], capture_output=True, check=False, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _create() -> None:
    try:
        run("Python environment", [sys.executable, "-m", "venv", VENV])
    except SetupError as error:
        shutil.rmtree(VENV, ignore_errors=True)
        if "ensurepip" not in str(error):
            raise
        name = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        raise SetupError(
            f"This Python cannot make environments: its package {name} is missing. Install it and run the same command "
            f"again: sudo apt-get install {name}"
        ) from error
