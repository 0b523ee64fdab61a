"""How long Weft takes to start, first and second time, and what it holds in memory when idle.

Uses a data directory of its own, which it removes. Close other programs first: the start is bound by the processor.
"""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READY = re.compile(r"Weft is ready after ([0-9.]+) s")
SETTLE_S = 20
TIMEOUT_S = 300


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(data_dir: Path) -> tuple[subprocess.Popen[str], float]:
    """A started Weft and the seconds it took; ends the program with Weft's own words when it does not start."""
    command = [sys.executable, "manage.py", "up", "--port", str(free_port()), "--data-dir", str(data_dir)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    said: list[str] = []
    for line in process.stdout or ():
        said.append(line)
        if found := READY.search(line):
            return process, float(found.group(1))
    sys.exit("".join(said))


def stop(process: subprocess.Popen[str]) -> float:
    """Seconds from SIGTERM to the end of everything."""
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=TIMEOUT_S)
    return time.monotonic() - began


def report() -> str:
    """Start it twice, look at it, stop it; the figures as text."""
    with tempfile.TemporaryDirectory(prefix="weft-bench-") as folder:
        data_dir = Path(folder) / "data"
        process, first_s = start(data_dir)
        stop(process)
        process, second_s = start(data_dir)
        time.sleep(SETTLE_S)
        measured = subprocess.run(
            [sys.executable, "scripts/measure_memory.py", str(data_dir)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        stop_s = stop(process)
    return f"first start {first_s:.1f} s   second start {second_s:.1f} s   stop {stop_s:.1f} s\n\n{measured.stdout}"
