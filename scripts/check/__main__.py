"""`make check`: every check that is not a test. Runs all of them and shows the output of those that fail."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "scripts" / "setup")]

import node  # noqa: E402  (needs the path)
from generate import NOWHERE  # noqa: E402

BIN = ROOT / ".venv" / "bin"


@dataclass(frozen=True)
class Check:
    title: str
    command: Sequence[str | Path]
    cwd: Path = ROOT
    env: Mapping[str, str] = field(default_factory=dict)


def checks() -> list[Check]:
    found = node.find()
    npm = {"cwd": ROOT / "frontend", "env": found.env}
    python = sys.executable
    return [
        Check("platform/ is no package", ["sh", "-c", "test ! -e platform/__init__.py"]),
        Check("ruff: rules", [BIN / "ruff", "check", "--output-format", "concise", "."]),
        Check("ruff: format", [BIN / "ruff", "format", "--check", "."]),
        Check("import rules", [BIN / "lint-imports"], env=NOWHERE),
        Check("mypy --strict", [BIN / "mypy"], env=NOWHERE),
        Check("migrations complete", [python, "-W", "ignore", "manage.py", "makemigrations", "--check"], env=NOWHERE),
        Check("event schema fresh", [python, "scripts/generate.py", "events", "--check"]),
        Check("OpenAPI fresh", [python, "scripts/generate.py", "openapi", "--check"]),
        Check("tsc", [*found.npm, "run", "--silent", "types"], **npm),
        Check("eslint", [*found.npm, "run", "--silent", "lint"], **npm),
    ]


def passes(check: Check) -> bool:
    started = time.monotonic()
    done = subprocess.run(
        [str(word) for word in check.command], cwd=check.cwd, env={**os.environ, **check.env}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    mark = "✓" if done.returncode == 0 else "✗"
    print(f"  {mark} {check.title:<26} {time.monotonic() - started:5.1f} s", flush=True)
    if done.returncode != 0:
        print("\n".join(f"    {line}" for line in done.stdout.splitlines()), flush=True)
    return done.returncode == 0


def main(argv: Sequence[str]) -> int:
    """With words as arguments, only the checks whose title has one of them."""
    known = checks()
    chosen = [check for check in known if not argv or any(word in check.title for word in argv)]
    if not chosen:
        print(f"No check has {' or '.join(argv)} in its title: {', '.join(check.title for check in known)}.")
        return 2
    failed = [check.title for check in chosen if not passes(check)]
    print(f"{len(failed)} of {len(chosen)} checks failed: {', '.join(failed)}" if failed else "All checks pass.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
