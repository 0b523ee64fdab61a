from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from apps.accounts.models import AuditEntry
from apps.knowledge.models import Dataset, ExternalService
from apps.providers.secrets import decrypt
from tests.cast import Cast
from tests.fakes.external_knowledge import FakeKnowledge, knowledge_server

PATH = "/external-services"


@pytest.fixture
def peer(settings: Settings) -> Iterator[FakeKnowledge]:
    with knowledge_server() as fake:
        settings.EGRESS_ALLOW = ("127.0.0.1",)
        yield fake


def given(peer: FakeKnowledge, **over: Any) -> dict[str, Any]:
    return {"name": "Wiki", "endpoint": peer.endpoint, "api_key": peer.key, **over}


def made(cast: Cast, peer: FakeKnowledge, **over: Any) -> dict[str, Any]:
    answer = cast.call("owner", "POST", PATH, given(peer, **over))
    assert answer.status_code == 201, answer.content
    service: dict[str, Any] = answer.json()
    return service


def test_a_service_as_clients_see_it(cast: Cast, peer: FakeKnowledge) -> None:
    service = made(cast, peer, endpoint=f"{peer.endpoint}/retrieval/")

    assert service == {
        "id": service["id"],
        "name": "Wiki",
        "description": "",
        "endpoint": peer.endpoint,
        "has_key": True,
        "dataset_count": 0,
        "created_at": service["created_at"],
        "updated_at": service["updated_at"],
    }
    assert cast.call("viewer", "GET", PATH).json() == {"items": [service], "next": None}
    assert cast.call("viewer", "GET", f"{PATH}/{service['id']}").json() == service
    assert cast.call("stranger", "GET", PATH).json() == {"items": [], "next": None}


def test_the_key_is_stored_encrypted_and_never_shown(cast: Cast, peer: FakeKnowledge) -> None:
    service = made(cast, peer)

    row = ExternalService.objects.get()
    assert peer.key not in row.api_key
    assert decrypt(row.api_key) == peer.key
    assert peer.key not in cast.call("owner", "GET", f"{PATH}/{service['id']}").content.decode()
    assert peer.key not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize(
    ("who", "status"), [("owner", True), ("editor", 403), ("viewer", 403), ("stranger", 404), ("nobody", 401)]
)
def test_who_may_change(cast: Cast, peer: FakeKnowledge, who: str, status: bool | int) -> None:
    path = f"{PATH}/{made(cast, peer)['id']}"

    created = cast.call(who, "POST", PATH, given(peer, name="Another")).status_code
    answers = [cast.call(who, "PATCH", path, {"name": "New"}).status_code, cast.call(who, "DELETE", path).status_code]

    if status is True:
        assert (created, answers) == (201, [200, 204])
        assert [each.name for each in ExternalService.objects.all()] == ["Another"]
    else:
        # a stranger makes services in a workspace of their own
        assert created == (201 if who == "stranger" else status)
        assert answers == [status] * 2
        assert [each.name for each in ExternalService.objects.filter(workspace=cast.workspace)] == ["Wiki"]


@pytest.mark.parametrize("who", ["owner", "editor"])
def test_the_connection_is_tried_as_dify_tries_it(cast: Cast, peer: FakeKnowledge, who: str) -> None:
    service = made(cast, peer)

    answer = cast.call(who, "POST", f"{PATH}/{service['id']}/check").json()

    assert answer == {"ok": True, "elapsed_ms": answer["elapsed_ms"], "error": None}
    assert peer.asked == [("/kb/retrieval", peer.key, {})]


def test_a_check_says_what_is_wrong(cast: Cast, peer: FakeKnowledge) -> None:
    path = f"{PATH}/{made(cast, peer)['id']}"

    def code() -> str:
        answer = cast.call("owner", "POST", f"{path}/check").json()
        assert answer["ok"] is False
        return str(answer["error"]["code"])

    peer.status = 502
    assert code() == "external_service_unavailable"
    peer.status = 200
    cast.call("owner", "PATCH", path, {"api_key": "wrong"})
    assert code() == "external_key_refused"
    cast.call("owner", "PATCH", path, {"endpoint": peer.endpoint + "/elsewhere"})
    assert code() == "external_endpoint_missing"


def test_a_viewer_may_not_test_and_a_stranger_finds_nothing(cast: Cast, peer: FakeKnowledge) -> None:
    path = f"{PATH}/{made(cast, peer)['id']}/check"

    assert [cast.call(who, "POST", path).status_code for who in ("viewer", "stranger", "nobody")] == [403, 404, 401]
    assert peer.asked == []


def test_a_new_server_does_not_get_the_old_key(cast: Cast, peer: FakeKnowledge) -> None:
    path = f"{PATH}/{made(cast, peer)['id']}"

    assert cast.call("owner", "PATCH", path, {"endpoint": f"{peer.endpoint}/v2"}).json()["has_key"] is True
    moved = cast.call("owner", "PATCH", path, {"endpoint": "http://127.0.0.1:9/kb"}).json()

    assert (moved["endpoint"], moved["has_key"]) == ("http://127.0.0.1:9/kb", False)


@pytest.mark.parametrize(
    ("over", "code"),
    [
        ({"name": ""}, "invalid"),
        ({"endpoint": "ftp://example.org"}, "egress_bad_url"),
        ({"endpoint": "http://169.254.169.254/kb"}, "egress_refused"),
        ({"name": "Wiki"}, "name_taken"),
    ],
)
def test_senseless_services_are_refused(cast: Cast, peer: FakeKnowledge, over: dict[str, Any], code: str) -> None:
    made(cast, peer)

    answer = cast.call("owner", "POST", PATH, given(peer, **{"name": "Other", **over}))

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert ExternalService.objects.count() == 1


def test_a_dataset_stands_for_the_knowledge_of_a_service(cast: Cast, peer: FakeKnowledge) -> None:
    service = made(cast, peer)
    path = f"{PATH}/{service['id']}/datasets"

    answer = cast.call("editor", "POST", path, {"name": "Wiki pages", "external_key": " wiki-1 "})

    assert answer.status_code == 201
    dataset = Dataset.objects.get()
    assert answer.json()["id"] == str(dataset.id)
    assert (dataset.name, dataset.external_key, str(dataset.external_service_id)) == (
        "Wiki pages",
        "wiki-1",
        service["id"],
    )
    assert cast.call("owner", "GET", f"{PATH}/{service['id']}").json()["dataset_count"] == 1
    refused = cast.call("owner", "DELETE", f"{PATH}/{service['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "external_service_in_use")
    assert ExternalService.objects.count() == 1


@pytest.mark.parametrize("who", ["viewer", "stranger", "nobody"])
def test_who_may_not_make_datasets(cast: Cast, peer: FakeKnowledge, who: str) -> None:
    path = f"{PATH}/{made(cast, peer)['id']}/datasets"

    answer = cast.call(who, "POST", path, {"name": "Wiki pages", "external_key": "wiki-1"})

    assert answer.status_code == {"viewer": 403, "stranger": 404, "nobody": 401}[who]
    assert not Dataset.objects.exists()


def test_a_dataset_needs_a_name_of_its_own_and_an_id_there(cast: Cast, peer: FakeKnowledge) -> None:
    path = f"{PATH}/{made(cast, peer)['id']}/datasets"
    assert cast.call("editor", "POST", path, {"name": "Wiki pages", "external_key": "a"}).status_code == 201

    taken = cast.call("editor", "POST", path, {"name": "Wiki pages", "external_key": "b"})
    nameless = cast.call("editor", "POST", path, {"name": "Other", "external_key": " "})

    assert [(each.status_code, each.json()["code"]) for each in (taken, nameless)] == [
        (422, "name_taken"),
        (422, "invalid"),
    ]
    assert Dataset.objects.count() == 1
