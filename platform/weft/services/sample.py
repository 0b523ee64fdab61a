"""The sample app of a fresh Weft, made in the background by a child process once everything runs.

Knows the command; what the sample is made of is `apps.publishing`'s business.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Mapping

from weft.services.layout import ROOT, DataDir


async def make(data: DataDir, env: Mapping[str, str]) -> dict[str, str] | None:
    """How to reach the sample (`seed_demo`'s last line), or None when it could not be made; its log says why.

    Cancelling this ends the child.
    """
    with data.log("sample").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "manage.py", "seed_demo", "--no-keys",
            cwd=ROOT, env=dict(env), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=log,
            start_new_session=True,
        )  # fmt: skip
        try:
            output, _ = await process.communicate()
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
    if process.returncode != 0:
        return None
    found: dict[str, str] = json.loads(output.splitlines()[-1])
    return found
