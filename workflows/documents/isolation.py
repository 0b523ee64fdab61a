"""A child process for reading a file that may be hostile: bounded in time, memory and output, without our environment.

Knows processes and limits; knows nothing of formats. Both sides are here: `start`, `stop` and `answer` for the parent,
`limit` and `reply` for the child.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workflows.documents.errors import ParseError

ROOT = Path(__file__).resolve().parents[2]
MEMORY_BYTES = 2 * 1024**3
CPU_S = 240
OUTPUT_BYTES = 256 * 1024**2

# The child needs this folder and not the engine around it: importing the package itself would load all of that.
_BOOT = """
import runpy, sys, types
root, module, *arguments = sys.argv[1:]
sys.path.insert(0, root)
engine = types.ModuleType("workflows")
engine.__path__ = [root + "/workflows"]
sys.modules["workflows"] = engine
sys.argv = [module, *arguments]
runpy.run_module(module, run_name="__main__")
"""


def start(module: str, *arguments: str, folder: str) -> subprocess.Popen[bytes]:
    """Run `module` in a process group of its own, with nothing but `arguments`."""
    return subprocess.Popen(
        [sys.executable, "-I", "-c", _BOOT, str(ROOT), module, *arguments],
        cwd=folder,
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def stop(child: subprocess.Popen[bytes]) -> None:
    """End the child, and whatever it started, if it still runs."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def answer(target: Path, status: int) -> dict[str, Any]:
    """What the child wrote. Raises ParseError for its error, and when it broke down."""
    if status == -signal.SIGXCPU:
        raise ParseError("parse_timeout", "Reading the file takes too long. Split it, or save it in a simpler format.")
    try:
        found = json.loads(target.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        message = "The file is damaged: its reader broke down. Open it in its own program and save it anew."
        raise ParseError("parse_failed", message) from exc
    if error := found.get("error"):
        raise ParseError(error["code"], error["message"])
    return dict(found)


def limit() -> None:
    """Bound this process, for good."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_BYTES, OUTPUT_BYTES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def reply(target: str, work: Callable[[], dict[str, Any]]) -> None:
    """Write what `work` gives, or its error, where the parent looks for it."""
    try:
        found = work()
    except ParseError as exc:
        found = {"error": {"code": exc.code, "message": exc.message}}
    except MemoryError:
        found = {"error": {"code": "parse_too_large", "message": "Reading the file takes too much memory. Split it."}}
    except RecursionError:
        found = {"error": {"code": "parse_failed", "message": "The file is nested too deeply to be read."}}
    Path(target).write_text(json.dumps(found), encoding="utf-8")
