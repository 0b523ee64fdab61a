"""The front end: its packages by `npm ci`, its build, each only when what it is made from has changed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import node
import stamp
from errors import SetupError
from paths import FRONTEND, VENV_PYTHON
from shell import run

DIST = FRONTEND / "dist"
MODULES = FRONTEND / "node_modules"
MODULES_STAMP = MODULES / ".weft-setup.json"
DIST_STAMP = DIST / ".weft-build.json"
FOLDERS = ("src", "widget", "public")


def make() -> None:
    """Bring packages and build up to date. Nothing to do costs one pass over the sources."""
    install()
    build()


def install() -> None:
    """`npm ci`; a node_modules without our stamp was interrupted or made by hand, and is made again."""
    lock = FRONTEND / "package-lock.json"
    if not lock.is_file():
        raise SetupError(f"{lock} is missing: this is not a complete copy of Weft. Clone it again.")
    wanted = stamp.digest([lock])
    if stamp.read(MODULES_STAMP).get("lock") == wanted:
        return
    found = node.find()
    shutil.rmtree(MODULES, ignore_errors=True)
    run("Front-end packages", [*found.npm, "ci", "--no-audit", "--no-fund"], cwd=FRONTEND, env=found.env)
    stamp.write(MODULES_STAMP, lock=wanted)


def build() -> None:
    wanted = stamp.digest(_sources())
    if stamp.read(DIST_STAMP).get("sources") == wanted and (DIST / "index.html").is_file():
        return
    found = node.find()
    run("Front-end build", [*found.npm, "run", "build"], cwd=FRONTEND, env=found.env, progress=str.strip)
    if not (DIST / "index.html").is_file():
        raise SetupError(
            f"The front-end build ended without {DIST / 'index.html'}; see frontend/package.json, `build`."
        )
    # The web server sends the .gz beside a file to browsers that take it.
    run("Compression", [VENV_PYTHON, "-m", "whitenoise.compress", "--quiet", str(DIST)], cwd=FRONTEND)
    stamp.write(DIST_STAMP, sources=wanted)


def _sources() -> Iterator[Path]:
    """Everything the build reads: its folders, and the files beside package.json."""
    for folder in FOLDERS:
        yield from (path for path in (FRONTEND / folder).rglob("*") if path.is_file() and ".test." not in path.name)
    yield from (
        path for path in FRONTEND.iterdir() if path.is_file() and path.suffix in {".json", ".ts", ".js", ".html"}
    )
