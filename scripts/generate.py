"""Write the files that are generated from code: `python scripts/generate.py events|openapi [--check]`.

With --check nothing is written; the exit code says whether the committed files are what the code gives today.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONTRACTS = ROOT / "tests" / "contracts"
# Settings want addresses; nothing here connects to them.
NOWHERE = {
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "WEFT_SECRET_KEY": "generate",
    "PYTHONPATH": f"{ROOT / 'platform'}{os.pathsep}{ROOT}",
}


def events() -> dict[Path, str]:
    """The event schema, and the TypeScript types made from it."""
    return {
        CONTRACTS / "events.v1.json": _output("-m", "workflows", "schema"),
        ROOT / "frontend/src/graph/generated/events.ts": _output("-m", "workflows", "schema", "--typescript"),
    }


def openapi() -> dict[Path, str]:
    """The console's HTTP API."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "openapi.json"
        _output("manage.py", "spectacular", "--format", "openapi-json", "--file", str(target))
        return {CONTRACTS / "openapi.json": target.read_text().rstrip("\n") + "\n"}


GENERATORS: dict[str, Callable[[], dict[Path, str]]] = {"events": events, "openapi": openapi}
# Their names in the Makefile.
TARGETS = {"events": "types", "openapi": "openapi"}


def main(argv: list[str]) -> int:
    names = [word for word in argv if not word.startswith("-")]
    if not names or not set(names) <= set(GENERATORS):
        print(__doc__)
        return 2
    stale = 0
    for name in names:
        for path, text in GENERATORS[name]().items():
            if path.is_file() and path.read_text() == text:
                continue
            stale += 1
            if "--check" not in argv:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            outcome = f"is stale: run `make {TARGETS[name]}`" if "--check" in argv else "written"
            print(f"{path.relative_to(ROOT)} {outcome}")
    return 1 if stale and "--check" in argv else 0


def _output(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **NOWHERE},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"{' '.join(arguments)} failed:\n{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
