from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings


@pytest.fixture
def place(tmp_path: Path, settings: Settings) -> Path:
    """A folder that is open to every workspace's connectors."""
    folder = tmp_path / "place"
    folder.mkdir()
    settings.CONNECTOR_FOLDERS = (f"*={tmp_path / 'place'}",)
    return folder
