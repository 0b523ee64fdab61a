"""What ingestion adds to the parsers, by format, and what memory long documents take.

    python -m tests.benchmarks.ingestion [--pages N] [--quick]

Starts servers of its own in a temporary folder; the files are made here. Close other programs first.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def table(pages: int = 30, *, quick: bool = False) -> str:
    """What `documents.measuring` finds on fresh servers, as Markdown. Each measurement is a process of its own, so
    that one's memory is not another's."""
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
                "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform")]),
            }

            def run(module: str, *arguments: str) -> str:
                command = [sys.executable, "-m", f"tests.benchmarks.documents.{module}", *arguments]
                done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True, check=True)
                print(done.stdout, end="", file=sys.stderr, flush=True)
                return done.stdout.strip()

            run("measuring", "prepare")
            speed = run("measuring", "speed", str(pages))
            memory = []
            for kind, size in (("pdf", "500"), ("csv", "200000"), ("xlsx", "200000")):
                arguments = (kind, size[:-1] if quick else size, str(Path(folder) / "long"))
                run("files", *arguments)
                memory.append(run("measuring", "memory", *arguments))
        finally:
            stack.stop()
    head = "| document | read, cut and found by terms | chunks | worker, peak | parser, peak |\n"
    head += "| --- | ---: | ---: | ---: | ---: |"
    return "\n".join([speed, "", head, *memory])


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=30)
    parser.add_argument("--quick", action="store_true", help="a tenth of the long documents")
    given = parser.parse_args()
    print(table(given.pages, quick=given.quick))
