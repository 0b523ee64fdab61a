from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import AuditEntry, User, Workspace
from tests.cast import Cast
from tests.factories import PASSWORD
from weft.db.aio import release

pytestmark = pytest.mark.django_db


def sign_in(email: str, password: str = PASSWORD, client: Client | None = None) -> Any:
    return (client or Client()).post(
        "/api/v1/session", {"email": email, "password": password}, content_type="application/json"
    )


def test_signing_in_and_out(cast: Cast, clean_redis: str) -> None:
    client = Client()
    answer = sign_in("Owner@example.org", client=client)
    assert answer.json() == {
        "user": {"id": str(cast.owner.user.id), "email": "owner@example.org", "name": "Owner", "language": "en"},
        "workspace": {"id": str(cast.workspace.id), "name": "The workspace"},
        "role": "owner",
        "limits": {"max_upload_bytes": 104857600},
    }
    assert client.get("/api/v1/session").json() == answer.json()

    assert client.delete("/api/v1/session").status_code == 204
    refused = client.get("/api/v1/session")
    assert (refused.status_code, refused.json()) == (401, {"code": "not_authenticated", "message": "Sign in first."})


@pytest.mark.parametrize(("email", "password"), [("owner@example.org", "wrong"), ("nobody@example.org", PASSWORD)])
def test_wrong_credentials_are_one_answer(cast: Cast, clean_redis: str, email: str, password: str) -> None:
    answer = sign_in(email, password)
    assert (answer.status_code, answer.json()) == (
        401,
        {"code": "login_failed", "message": "The e-mail address or the password is wrong."},
    )


def test_an_inactive_account_is_refused(cast: Cast, clean_redis: str) -> None:
    client = cast.client("viewer")
    User.objects.filter(id=cast.viewer.user.id).update(is_active=False)

    assert sign_in("viewer@example.org").status_code == 401
    assert client.get("/api/v1/session").status_code == 401


def test_guessing_is_throttled_also_for_the_right_password(cast: Cast, clean_redis: str) -> None:
    for _ in range(5):
        assert sign_in("owner@example.org", "guess").status_code == 401

    answer = sign_in("owner@example.org")

    body = answer.json()
    assert (answer.status_code, body["code"]) == (429, "login_throttled")
    assert 0 < body["details"]["retry_after"] <= 300
    assert answer["Retry-After"] == str(body["details"]["retry_after"])
    assert sign_in("editor@example.org").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_guesses_sent_all_at_once_are_not_looked_at_all_at_once(cast: Cast, clean_redis: str) -> None:
    def guess(_: int) -> int:
        try:
            return sign_in("owner@example.org", "guess").status_code
        finally:
            release()

    with ThreadPoolExecutor(12) as guessing:
        assert Counter(guessing.map(guess, range(12))) == {401: 5, 429: 7}


def test_signing_in_often_is_no_guessing(cast: Cast, clean_redis: str) -> None:
    assert {sign_in("owner@example.org").status_code for _ in range(35)} == {200}


def test_changes_need_the_csrf_token(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.owner.user, backend="django.contrib.auth.backends.ModelBackend")
    client.get("/api/v1/session")

    refused = client.patch("/api/v1/session", {"name": "X"}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
    assert User.objects.get(id=cast.owner.user.id).name == "Owner"

    token = client.cookies["csrftoken"].value
    answer = client.patch(
        "/api/v1/session",
        {"name": "X", "language": "zh"},
        content_type="application/json",
        headers={"X-CSRFToken": token},
    )
    assert (answer.status_code, answer.json()["user"]["name"], answer.json()["user"]["language"]) == (200, "X", "zh")


def test_a_form_of_another_site_cannot_sign_in(cast: Cast) -> None:
    answer = Client().post("/api/v1/session", {"email": "owner@example.org", "password": PASSWORD})
    assert answer.status_code == 415


def test_an_unknown_language_is_refused_by_name(cast: Cast) -> None:
    answer = cast.call("owner", "PATCH", "/session", {"language": "tlh"})
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, "invalid", "language")


@pytest.mark.parametrize(("who", "status"), [("owner", 200), ("editor", 403), ("viewer", 403), ("nobody", 401)])
def test_renaming_the_workspace(cast: Cast, who: str, status: int) -> None:
    answer = cast.call(who, "PATCH", "/workspace", {"name": "Renamed"})

    assert answer.status_code == status
    name = "Renamed" if status == 200 else "The workspace"
    assert Workspace.objects.get(id=cast.workspace.id).name == name
    assert AuditEntry.objects.filter(action="workspace.rename").exists() == (status == 200)


def test_the_stranger_renames_only_their_own(cast: Cast) -> None:
    assert cast.call("stranger", "PATCH", "/workspace", {"name": "Mine"}).status_code == 200
    assert set(Workspace.objects.values_list("name", flat=True)) == {"The workspace", "Mine"}
