"""A real executor on the test database and Redis, and a scripted model server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from pytest_django import DjangoDbBlocker, Settings

from tests.fakes.openai_server import FakeOpenAI, openai_server

if TYPE_CHECKING:
    from apps.runs.executor import Executor
    from apps.studio.models import App


@pytest.fixture
def server(settings: Settings) -> Iterator[FakeOpenAI]:
    """The scripted server, on an address that the operator allowed."""
    with openai_server() as fake:
        settings.EGRESS_ALLOW = ("127.0.0.1",)
        yield fake


@pytest.fixture
def executor(transactional_db: None, clean_redis: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Executor]:
    """What a worker process has, in this one."""
    from apps.runs.executor import Executor

    executor = Executor()
    executor.start()
    yield executor
    executor.stop(grace_s=0)


@pytest.fixture
def chat_app(transactional_db: None, clean_redis: str, server: FakeOpenAI) -> App:
    """A chat over the scripted server: start, llm, answer."""
    from tests.apps.runs.graphs import chat_document, make_app
    from tests.factories import make_provider, make_workspace

    workspace = make_workspace()
    make_provider(workspace, server.base_url)
    return make_app(workspace, chat_document())
