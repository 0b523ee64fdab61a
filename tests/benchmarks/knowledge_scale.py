"""A dataset of 100,000 chunks: how fast it is filled and searched, on Chroma and on pgvector, and what that takes.

    python -m tests.benchmarks.knowledge_scale [--chunks N] [--questions N]

Starts servers of its own in a temporary folder. Close other programs first; takes a quarter of an hour.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def table(chunks: int = 100_000, questions: int = 200) -> str:
    """What `knowledge.measuring` finds on fresh servers, as Markdown."""
    from tests.stack import Stack

    with tempfile.TemporaryDirectory(prefix="weft-bench-") as folder:
        stack = Stack(Path(folder))
        try:
            stack.start("postgres", "redis", "chroma", "inference")
            env = {
                **os.environ,
                **stack.environ(),
                "DJANGO_SETTINGS_MODULE": "weft.settings.test",
                "WEFT_DATA_DIR": folder,
                "WEFT_BENCH_PROCESSES": " ".join(f"{name}={pid}" for name, pid in stack.pids().items()),
                "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform")]),
            }
            command = [sys.executable, "-m", "tests.benchmarks.knowledge.measuring", str(chunks), str(questions)]
            done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True, check=True)
        finally:
            stack.stop()
    return done.stdout.strip()


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=200)
    given = parser.parse_args()
    print(table(given.chunks, given.questions))
