"""Who may touch the library of models, what is passed on to the server, and what its refusals become."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web
from pytest_django import Settings

from apps.accounts.models import AuditEntry
from apps.providers import catalogue, library
from tests.cast import Cast
from tests.fakes.serving import served

pytestmark = pytest.mark.django_db

TOKEN = "the-servers-key"
EMPTY = {"moving": False, "serving": {"state": "empty", "model_id": None}, "models": []}
ACTIONS = [
    ("POST", "/model-library/downloads", {"id": "Qwen/Qwen3-0.6B"}, "/admin/models/downloads", "model.download"),
    ("POST", "/model-library/downloads/Q--x/pause", None, "/admin/models/downloads/Q--x/pause", "model.pause"),
    ("POST", "/model-library/downloads/Q--x/resume", None, "/admin/models/downloads/Q--x/resume", "model.resume"),
    ("DELETE", "/model-library/downloads/Q--x", None, "/admin/models/downloads/Q--x", "model.cancel"),
    ("DELETE", "/model-library/models/Q--x", None, "/admin/models/copies/Q--x", "model.remove"),
    ("POST", "/model-library/directories", {"path": "/srv/x"}, "/admin/models/directories", "model.register"),
    ("POST", "/model-library/serving", {"key": "Q--x", "quantization": "fp8"}, "/admin/models/serving", "model.serve"),
    ("DELETE", "/model-library/serving", None, "/admin/models/serving", "model.stop"),
]


class ModelServer:
    """The model server as the library sees it: keeps what was asked, answers what it was told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self.status, self.answer = 200, dict[str, Any](EMPTY)
        self.generative: list[str] = []

    async def respond(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        if request.path == "/v1/models":
            cards = [{"id": name, "weft": {"kind": "generative"}} for name in self.generative]
            return web.json_response({"object": "list", "data": cards})
        text = await request.text()
        self.asked.append((request.method, request.path, json.loads(text) if text else None))
        return web.json_response(self.answer, status=self.status)

    def refuses(self, status: int, code: str, param: str | None = None) -> None:
        self.status = status
        self.answer = {"error": {"code": code, "message": "The server's own words.", "param": param}}


@pytest.fixture
def server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    found = ModelServer()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", found.respond)
    monkeypatch.setattr(catalogue, "_cached", None)
    monkeypatch.setattr(library, "_seen", None)
    with served(app) as url:
        settings.INFERENCE_URL, settings.INFERENCE_TOKEN = url, TOKEN
        yield found


@pytest.mark.parametrize(("method", "path", "body", "there", "action"), ACTIONS)
def test_an_action_reaches_the_server_and_the_audit_log(
    cast: Cast, server: ModelServer, method: str, path: str, body: Any, there: str, action: str
) -> None:
    answer = cast.call("owner", method, path, body)

    assert (answer.status_code, answer.json()) == (200, EMPTY)
    assert server.asked == [(method, there, body)]
    assert list(AuditEntry.objects.values_list("action", flat=True)) == [action]


@pytest.mark.parametrize(("who", "status"), [("editor", 403), ("viewer", 403), ("stranger", 403), ("nobody", 401)])
def test_only_administrators_of_the_first_workspace_may(cast: Cast, server: ModelServer, who: str, status: int) -> None:
    assert cast.call(who, "GET", "/model-library").status_code == status
    for method, path, body, _, _ in ACTIONS:
        assert cast.call(who, method, path, body).status_code == status
    assert (server.asked, AuditEntry.objects.count()) == ([], 0)


@pytest.mark.parametrize(
    ("told", "param", "status", "code"),
    [
        ((400, "path_not_allowed"), "path", 422, "path_not_allowed"),
        ((409, "disk_short"), None, 409, "disk_short"),
        ((404, "model_not_found"), "key", 404, "model_not_found"),
        ((503, "hub_unreachable"), None, 503, "hub_unreachable"),
        ((403, "admin_disabled"), None, 409, "admin_disabled"),
        ((404, "not_found"), None, 409, "library_off"),
        ((401, "invalid_api_key"), None, 503, "model_unavailable"),
    ],
)
def test_a_refusal_keeps_its_code_and_changes_nothing(
    cast: Cast, server: ModelServer, told: tuple[int, str], param: str | None, status: int, code: str
) -> None:
    server.refuses(*told, param)
    answer = cast.call("owner", "POST", "/model-library/directories", {"path": "/srv/x"})

    assert (answer.status_code, answer.json()["code"], answer.json().get("field")) == (status, code, param)
    assert AuditEntry.objects.count() == 0


def test_a_server_that_is_not_there_is_named(cast: Cast, settings: Settings) -> None:
    settings.INFERENCE_URL = "http://127.0.0.1:1"
    answer = cast.call("owner", "GET", "/model-library")
    assert (answer.status_code, answer.json()["code"]) == (503, "model_unavailable")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("DELETE", "/downloads/..%2Fserving", 405),
        ("DELETE", "/downloads/a..b", 404),
        ("DELETE", "/models/..%2Fx", 404),
        ("DELETE", "/models/a%3Fb", 404),
        ("POST", "/downloads/Q--x/explode", 404),
    ],
)
def test_no_other_path_of_the_server_can_be_reached(
    cast: Cast, server: ModelServer, method: str, path: str, status: int
) -> None:
    assert cast.call("owner", method, f"/model-library{path}").status_code == status
    assert server.asked == []


def test_what_apps_are_offered_follows_a_switch_at_once(cast: Cast, server: ModelServer) -> None:
    def offered() -> list[str]:
        return [row["name"] for row in cast.call("viewer", "GET", "/models").json()["items"]]

    server.generative = ["old"]
    before = offered()
    server.generative = ["new"]
    unseen = offered()
    server.answer = EMPTY | {"serving": {"state": "serving", "model_id": "new"}}
    cast.call("owner", "GET", "/model-library")

    assert (before, unseen, offered()) == (["old"], ["old"], ["new"])
