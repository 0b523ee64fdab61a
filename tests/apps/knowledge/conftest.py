from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytest_django import Settings

from tests.fakes.openai_server import FakeOpenAI, openai_server

if TYPE_CHECKING:
    from apps.knowledge.models import Dataset
    from tests.cast import Cast


@pytest.fixture
def server(settings: Settings) -> Iterator[FakeOpenAI]:
    with openai_server() as fake:
        settings.EGRESS_ALLOW = ("127.0.0.1",)
        yield fake


@pytest.fixture
def files(settings: Settings, tmp_path: Path) -> Path:
    """An empty files folder of this test's own."""
    settings.FILES_DIR = tmp_path / "files"
    return tmp_path / "files"


@pytest.fixture
def dataset(
    cast: Cast, server: FakeOpenAI, files: Path, clean_redis: str, chroma_url: str, transactional_db: None
) -> Dataset:
    """A dataset of the cast's workspace whose vectors the scripted server makes."""
    from tests.factories import make_dataset, make_provider

    make_provider(cast.workspace, server.base_url)
    return make_dataset(cast.workspace, name="Handbook", embedding_provider="acme", embedding_model="fake-embedding")
