"""Fixtures that every app's tests may ask for. Loaded before Django is set up, so models are imported inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pytest_django import Settings

if TYPE_CHECKING:
    from tests.cast import Cast


@pytest.fixture
def cast(db: None) -> Cast:
    from tests.cast import make_cast

    return make_cast()


@pytest.fixture(autouse=True)
def _servers_are_asked_for(request: pytest.FixtureRequest, settings: Settings) -> None:
    """A server that another test has started is out of reach: what a test needs, it names."""
    for fixture, setting in (("chroma_url", "CHROMA_URL"), ("inference_url", "INFERENCE_URL")):
        if fixture not in request.fixturenames:
            setattr(settings, setting, "http://127.0.0.1:1")


@pytest.fixture(autouse=True)
def _connections_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some tests cut connections: none of those is lent to the next test, however soon it comes."""
    monkeypatch.setattr("weft.db.postgres.base.TRUSTED_S", 0.0)
