from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.db import connection

from apps.accounts.models import AuditEntry
from apps.providers import catalogue, services
from apps.providers.adapters import WorkspaceModels
from apps.providers.models import Provider
from apps.usage.models import ModelUsage
from apps.usage.services import flush
from tests.cast import Cast
from tests.fakes.openai_server import FakeOpenAI
from weft.http import egress
from workflows.errors import ModelError
from workflows.ports import ChatRequest, Message

pytestmark = pytest.mark.django_db

KEY = "sk-right"
MODELS = [{"name": "fake-chat", "kind": "chat"}, {"name": "fake-embedding", "kind": "embedding"}]


@pytest.fixture(autouse=True)
def builtin(monkeypatch: pytest.MonkeyPatch) -> None:
    """The built-in server is not running in these tests: its two constant models are offered."""
    monkeypatch.setattr(catalogue, "_cached", None)


def create(cast: Cast, server: FakeOpenAI, who: str = "owner", **over: Any) -> Any:
    form = {"name": "Acme AI", "base_url": server.base_url, "api_key": KEY, **over}
    return cast.call(who, "POST", "/providers", form)


def test_a_provider_is_made_with_the_models_its_server_lists(cast: Cast, server: FakeOpenAI) -> None:
    answer = create(cast, server)

    body = answer.json()
    assert (answer.status_code, body.pop("created_at")[:2]) == (201, "20")
    assert body == {
        "slug": "acme-ai",
        "name": "Acme AI",
        "base_url": server.base_url,
        "has_key": True,
        "key_hint": None,
        "builtin": False,
        "models": MODELS,
    } | {"key_hint": "…"}
    assert [item["slug"] for item in cast.call("viewer", "GET", "/providers").json()["items"]] == ["weft", "acme-ai"]


def test_the_key_is_nowhere_in_the_clear(cast: Cast, server: FakeOpenAI) -> None:
    key = "sk-right-and-long-enough"
    server.key = key
    answer = create(cast, server, api_key=key)

    with connection.cursor() as cursor:
        cursor.execute("SELECT providers_provider::text FROM providers_provider")
        row = cursor.fetchone()[0]
    audit = str(list(AuditEntry.objects.values()))
    assert [place for place in (answer.content.decode(), row, audit) if key in place] == []
    assert answer.json()["key_hint"] == "…ough"
    assert answer.json()["models"] == MODELS


@pytest.mark.parametrize(("who", "status"), [("owner", 201), ("editor", 403), ("viewer", 403), ("nobody", 401)])
def test_who_may_add(cast: Cast, server: FakeOpenAI, who: str, status: int) -> None:
    assert create(cast, server, who, models=[]).status_code == status
    assert Provider.objects.count() == (1 if status == 201 else 0)


@pytest.mark.parametrize(
    ("who", "status"), [("owner", 204), ("editor", 403), ("viewer", 403), ("stranger", 404), ("nobody", 401)]
)
def test_who_may_delete(cast: Cast, server: FakeOpenAI, who: str, status: int) -> None:
    create(cast, server, models=[])
    assert cast.call(who, "DELETE", "/providers/acme-ai").status_code == status
    assert Provider.objects.exists() == (status != 204)


@pytest.mark.parametrize(
    ("who", "status"), [("owner", 200), ("editor", 403), ("viewer", 403), ("stranger", 404), ("nobody", 401)]
)
def test_who_may_change(cast: Cast, server: FakeOpenAI, who: str, status: int) -> None:
    create(cast, server, models=[])
    assert cast.call(who, "PATCH", "/providers/acme-ai", {"name": "New"}).status_code == status
    assert Provider.objects.get().name == ("New" if status == 200 else "Acme AI")


@pytest.mark.parametrize(
    ("who", "status"), [("owner", 200), ("editor", 200), ("viewer", 403), ("stranger", 404), ("nobody", 401)]
)
def test_who_may_test(cast: Cast, server: FakeOpenAI, who: str, status: int) -> None:
    create(cast, server, models=[])
    answer = cast.call(who, "POST", "/providers/acme-ai/test")
    assert answer.status_code == status
    if status == 200:
        assert (answer.json()["ok"], answer.json()["models"]) == (True, MODELS)


def test_a_wrong_key_is_told_by_the_test(cast: Cast, server: FakeOpenAI) -> None:
    create(cast, server, api_key="sk-wrong")
    body = cast.call("owner", "POST", "/providers/acme-ai/test").json()
    assert (body["ok"], body["error"]["code"]) == (False, "model_auth_failed")
    assert "Check the API key of Acme AI under Models." in body["error"]["message"]


def test_a_key_does_not_travel_to_another_server(cast: Cast, server: FakeOpenAI) -> None:
    create(cast, server)
    same = cast.call("owner", "PATCH", "/providers/acme-ai", {"base_url": server.base_url + "/"}).json()
    moved = cast.call("owner", "PATCH", "/providers/acme-ai", {"base_url": "http://127.0.0.1:1/v1"}).json()
    assert (same["has_key"], moved["has_key"]) == (True, False)


@pytest.mark.django_db(transaction=True)
def test_no_transaction_waits_for_a_name_to_resolve(
    cast: Cast, server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(cast, server)
    waited: list[bool] = []

    def check(base_url: str) -> str:
        waited.append(connection.in_atomic_block)
        return base_url

    monkeypatch.setattr(services, "_checked_url", check)
    assert cast.call("owner", "PATCH", "/providers/acme-ai", {"base_url": server.base_url}).status_code == 200
    assert waited == [False]


@pytest.mark.parametrize("url", ["http://10.0.0.1/v1", "http://169.254.169.254/", "http://[::1]:11434/v1"])
def test_an_address_inside_is_refused_with_its_remedy(cast: Cast, server: FakeOpenAI, url: str) -> None:
    answer = create(cast, server, base_url=url)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, "egress_refused", "base_url")
    assert "WEFT_EGRESS_ALLOW=" in answer.json()["message"]
    assert not Provider.objects.exists()


def test_models_of_all_providers_by_kind(cast: Cast, server: FakeOpenAI) -> None:
    create(cast, server)

    assert cast.call("viewer", "GET", "/models?kind=embedding").json() == {
        "items": [
            {
                "provider": "weft",
                "provider_name": "Weft",
                "name": "all-MiniLM-L6-v2",
                "kind": "embedding",
                "note_code": "english_only",
            },
            {
                "provider": "acme-ai",
                "provider_name": "Acme AI",
                "name": "fake-embedding",
                "kind": "embedding",
                "note_code": None,
            },
        ],
        "next": None,
    }
    assert [item["name"] for item in cast.call("stranger", "GET", "/models?kind=chat").json()["items"]] == [
        "weft-quote"
    ]
    assert cast.call("viewer", "GET", "/models?kind=song").status_code == 422


def test_names_that_collide_get_slugs_of_their_own(cast: Cast, server: FakeOpenAI) -> None:
    slugs = [create(cast, server, name=name, models=[]).json()["slug"] for name in ("Weft", "Weft", "通义千问")]
    assert slugs == ["weft-2", "weft-3", "provider"]


@pytest.mark.django_db(transaction=True)
def test_the_engines_port_streams_and_its_use_is_recorded(cast: Cast, server: FakeOpenAI, clean_redis: str) -> None:
    create(cast, server)
    run_id = "0192f0c4-0000-7000-8000-000000000001"
    request = ChatRequest(
        provider="acme-ai", model="fake-chat", messages=[Message("user", "Hi")], run_id=run_id, node_id="llm"
    )

    async def talk() -> str:
        return "".join([chunk.text async for chunk in WorkspaceModels(cast.workspace.id).chat(request)])

    assert egress.run_sync(talk) == "Hello, world."
    assert not ModelUsage.objects.exists()
    assert (flush(), flush()) == (1, 0)
    row = ModelUsage.objects.get()
    assert (row.workspace_id, row.provider, row.model) == (cast.workspace.id, "acme-ai", "fake-chat")
    assert (str(row.run_id), row.node_id, row.prompt_tokens, row.completion_tokens) == (run_id, "llm", 7, 4)


@pytest.mark.django_db(transaction=True)
def test_another_workspaces_provider_is_unknown(cast: Cast, server: FakeOpenAI) -> None:
    create(cast, server)
    request = ChatRequest(provider="acme-ai", model="fake-chat", messages=[Message("user", "Hi")])

    async def talk() -> None:
        async for _ in WorkspaceModels(cast.stranger.workspace.id).chat(request):
            pass

    with pytest.raises(ModelError) as refusal:
        asyncio.run(talk())
    assert refusal.value.code == "model_provider_unknown"
    assert server.requests == []
