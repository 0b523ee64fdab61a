"""`make test`: the front end's tests, then every Python test; ends with pytest's own closing line.

Arguments go to pytest. Set-up has been done before (see the Makefile).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts" / "setup"))

import node  # noqa: E402  (needs the path)


def main(argv: list[str]) -> int:
    found = node.find()
    print("== Front end (vitest)", flush=True)
    front = subprocess.run(
        [*found.npm, "test", "--silent"], cwd=ROOT / "frontend", env=found.env, check=False
    ).returncode
    print("== Python (pytest): pure suites, applications on PostgreSQL and Redis, browser", flush=True)
    back = subprocess.run([sys.executable, "-m", "pytest", *argv], cwd=ROOT, check=False).returncode
    if front != 0:
        print("The front end's tests failed; see above.", flush=True)
    return back or front


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
