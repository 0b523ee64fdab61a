"""Gives every test real servers: PostgreSQL and Redis for the session, Chroma and inference when a test asks.

The addresses are in the environment before Django's settings load; the servers start only when a collected test needs
them, so the suites of the two pure packages run without any.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import loopback
from tests import stack as stacks

# Suites of what knows nothing of Django, PostgreSQL or Redis.
PURE = ("workflows", "inference", "properties", "scripts")


def _prepare() -> tuple[stacks.Stack, bool, Path]:
    """The session's stack, whether it is ours to end, and a data directory for the code under test.

    Workers of a parallel run share their controller's stack.
    """
    shared = stacks.from_environment()
    stack = shared or stacks.Stack(Path(tempfile.mkdtemp(prefix="weft-test-")))
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    database = os.environ.get("WEFT_TEST_DB", "weft")
    redis_db = int(os.environ.get("WEFT_TEST_REDIS_DB", "1")) + worker
    os.environ |= stack.environ(database=database, redis_db=redis_db)
    files = Path(tempfile.mkdtemp(prefix="weft-test-data-"))
    os.environ["WEFT_DATA_DIR"] = str(files)
    os.environ["WEFT_TEST_STACK_DIR"] = str(stack.data.path)
    return stack, shared is None, files


# A busy machine is slow to generate and to run; neither is a fault of what is tested.
settings.register_profile("weft", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("weft")

STACK, OURS, FILES = _prepare()
loopback.guard()


def pytest_configure(config: pytest.Config) -> None:
    """Load Django's settings (pytest-django then sets Django up), unless only pure suites were asked for."""
    if not all(_is_pure(Path(argument.partition("::")[0])) for argument in config.args):
        os.environ["DJANGO_SETTINGS_MODULE"] = "weft.settings.test"
        from django.conf import settings

        assert settings.DATABASES


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start PostgreSQL and Redis once it is known that a collected test needs them."""
    if not session.config.option.collectonly and not all(_is_pure(item.path) for item in session.items):
        STACK.start("postgres", "redis")


def _is_pure(path: Path) -> bool:
    here = Path(__file__).parent
    return any(path.resolve().is_relative_to(here / room) for room in PURE)


def pytest_unconfigure() -> None:
    if OURS:
        STACK.stop()
        shutil.rmtree(STACK.data.path, ignore_errors=True)
    shutil.rmtree(FILES, ignore_errors=True)


@pytest.fixture(scope="session")
def database_url() -> str:
    return os.environ["DATABASE_URL"]


@pytest.fixture(scope="session")
def redis_url() -> str:
    """The session's own Redis database; see also `clean_redis`."""
    return os.environ["REDIS_URL"]


@pytest.fixture
def clean_redis(redis_url: str) -> str:
    """The session's Redis database, emptied."""
    import redis

    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
    return redis_url


@pytest.fixture(scope="session")
def chroma_url() -> str:
    """A running Chroma server."""
    STACK.start("chroma")
    return os.environ["CHROMA_URL"]


@pytest.fixture(scope="session")
def inference_url() -> str:
    """A running inference server with the embedding model and weft-quote."""
    STACK.start("inference")
    return os.environ["INFERENCE_URL"]


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """WEFT_DATA_DIR of the session: where the code under test stores files."""
    return FILES
