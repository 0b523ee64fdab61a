"""How often the built-in server is asked what it has, and what that costs when it hangs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from django.db import connection
from pytest_django import Settings

from apps.providers import catalogue
from apps.providers.catalogue import ModelInfo
from apps.providers.endpoints import Endpoint
from tests.cast import Cast
from workflows.errors import ModelError

BUILTIN = [ModelInfo("weft-quote", "chat", "quotes_only"), ModelInfo("all-MiniLM-L6-v2", "embedding", "english_only")]
OWN = [ModelInfo("my-llama", "chat")]


class Server:
    """The built-in server as the catalogue sees it: counts the questions, and whether a connection was held."""

    def __init__(self) -> None:
        self.hangs = False
        self.asked: list[float] = []
        self.held_connection = False

    async def list_models(self, endpoint: Endpoint, *, timeout_s: float) -> list[ModelInfo]:
        self.asked.append(timeout_s)
        self.held_connection = self.held_connection or connection.connection is not None
        if self.hangs:
            raise ModelError("model_timeout", "It did not answer.")
        return OWN


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Server:
    settings.INFERENCE_URL = "http://127.0.0.1:1"
    found = Server()
    monkeypatch.setattr(catalogue, "list_models", found.list_models)
    monkeypatch.setattr(catalogue, "_cached", None)
    return found


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    found = SimpleNamespace(now=100.0)
    monkeypatch.setattr(catalogue, "time", SimpleNamespace(monotonic=lambda: found.now))
    return found


def test_an_answer_counts_for_fifteen_seconds_and_a_silence_for_three(server: Server, clock: SimpleNamespace) -> None:
    server.hangs = True
    assert (catalogue.builtin_models(), catalogue.builtin_models(), server.asked) == (BUILTIN, BUILTIN, [2.0])

    server.hangs = False
    clock.now += 2.9
    assert (catalogue.builtin_models(), len(server.asked)) == (BUILTIN, 1)
    clock.now += 0.2
    assert (catalogue.builtin_models(), len(server.asked)) == (OWN, 2)
    clock.now += 14.9
    assert (catalogue.builtin_models(), len(server.asked)) == (OWN, 2)
    clock.now += 0.2
    assert (catalogue.builtin_models(), len(server.asked)) == (OWN, 3)


def test_those_who_ask_at_once_wait_for_one_answer(server: Server) -> None:
    server.hangs = True

    with ThreadPoolExecutor(8) as people:
        found = list(people.map(lambda _: catalogue.builtin_models(), range(8)))

    assert (found, len(server.asked)) == ([BUILTIN] * 8, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/models", "/providers"])
def test_no_connection_is_held_while_it_is_asked(cast: Cast, server: Server, path: str) -> None:
    assert cast.call("viewer", "GET", path).status_code == 200
    assert (server.asked, server.held_connection) == ([2.0], False)
