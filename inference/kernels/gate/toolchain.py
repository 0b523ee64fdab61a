"""Triton 3.6.0 in a directory of its own: the version of the GPU machines, whatever this environment has.

Comes with `ptxas` and `cuobjdump`; needs no GPU. Installed once, outside .venv.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from inference.errors import InferenceError

VERSION = "3.6.0"


def cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "weft" / f"triton-{VERSION}"


def packages() -> Path:
    """Where `import triton` finds 3.6.0; installed (200 MB to fetch) when missing. Raises InferenceError."""
    place = cache() / "packages"
    if place.is_dir():
        return place
    cache().mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=cache()))
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(fresh)]
    outcome = subprocess.run([*install, f"triton=={VERSION}"], capture_output=True, text=True, check=False)
    if outcome.returncode:
        shutil.rmtree(fresh)
        raise InferenceError("toolchain_missing", f"Triton {VERSION} could not be installed: {outcome.stderr.strip()}")
    try:
        fresh.rename(place)
    except OSError:
        # Another process was faster.
        shutil.rmtree(fresh)
    return place


def environment() -> dict[str, str]:
    """For a Python process that compiles."""
    root = Path(__file__).parents[3]
    kept = {name: value for name, value in os.environ.items() if name not in ("TRITON_INTERPRET", "PYTHONPATH")}
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join((str(packages()), str(root))),
        "TRITON_CACHE_DIR": str(cache() / "compiled"),
    }
