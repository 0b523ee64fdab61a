from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.fakes.openai_server import FakeOpenAI, openai_server


@pytest.fixture
def server(settings: Settings) -> Iterator[FakeOpenAI]:
    """The scripted server, on an address that the operator allowed."""
    with openai_server() as fake:
        settings.EGRESS_ALLOW = ("127.0.0.1",)
        yield fake
