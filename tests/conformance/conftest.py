"""What the cases share: one sandbox for all of them, as starting its processes takes longer than a case."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest

from tests.conformance.running import Played
from workflows.sandbox import Sandbox

collect_ignore = [] if os.environ.get("WEFT_DIFY_FILES") else ["test_files.py"]


@pytest.fixture
async def played() -> AsyncIterator[Played]:
    """Ports that answer the same way every time."""
    code = Sandbox()
    yield Played(code)
    await code.close()
