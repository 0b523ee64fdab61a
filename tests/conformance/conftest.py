"""What the cases share: one sandbox for all of them, as starting its processes takes longer than a case."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.conformance.running import Played
from workflows.sandbox import Sandbox


@pytest.fixture
async def played() -> AsyncIterator[Played]:
    """Ports that answer the same way every time."""
    code = Sandbox()
    yield Played(code)
    await code.close()
