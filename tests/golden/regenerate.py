"""`python -m tests.golden.regenerate`: write every golden run and contract anew. Review the difference."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.golden.cases import CASES
from tests.golden.record import RUNS, record
from workflows.schema import schema_json, typescript

ROOT = Path(__file__).parent.parent.parent
CONTRACT = ROOT / "tests" / "contracts" / "events.v1.json"
TYPESCRIPT = ROOT / "frontend" / "src" / "graph" / "generated" / "events.ts"


async def main() -> None:
    """Write the files of every case."""
    for name in CASES:
        folder = RUNS / name
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in (await record(name)).items():
            (folder / file).write_text(text, encoding="utf-8")
    CONTRACT.write_text(schema_json(), encoding="utf-8")
    TYPESCRIPT.write_text(typescript(), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
