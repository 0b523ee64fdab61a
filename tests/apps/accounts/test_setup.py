from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import AuditEntry, Membership, SetupToken, User
from apps.accounts.services import issue_setup_token
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
FORM = {"email": "Ada@Example.org", "name": "Ada", "password": PASSWORD}


def post(token: str | None, **over: str) -> object:
    return Client().post("/api/v1/setup", {**FORM, "token": token, **over}, content_type="application/json")


def test_the_link_makes_the_owner_and_signs_in() -> None:
    token = issue_setup_token()
    client = Client()
    assert client.get("/api/v1/setup").json() == {"needed": True}

    answer = client.post("/api/v1/setup", {**FORM, "token": token}, content_type="application/json")

    user, membership = User.objects.get(), Membership.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "user": {"id": str(user.id), "email": "ada@example.org", "name": "Ada", "language": "en"},
        "workspace": {"id": str(membership.workspace_id), "name": "Ada's workspace"},
        "role": "owner",
        "limits": {"max_upload_bytes": 104857600},
    }
    assert client.get("/api/v1/session").json() == answer.json()
    assert client.get("/api/v1/setup").json() == {"needed": False}
    assert list(AuditEntry.objects.values_list("action", "target")) == [("workspace.create", "Ada's workspace")]


def test_a_used_link_is_refused() -> None:
    token = issue_setup_token()
    assert post(token).status_code == 201

    again = post(token, email="eve@example.org")

    assert (again.status_code, again.json()["code"]) == (409, "setup_done")
    assert User.objects.count() == 1


@pytest.mark.parametrize("spoil", ["wrong", "expired", "replaced"])
def test_a_spoiled_link_makes_nobody(spoil: str) -> None:
    token = issue_setup_token()
    match spoil:
        case "wrong":
            token = "nonsense"
        case "expired":
            SetupToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        case "replaced":
            issue_setup_token()

    answer = post(token)

    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (403, "setup_token_invalid", "token")
    assert not User.objects.exists()


def test_a_weak_password_keeps_the_link_good() -> None:
    token = issue_setup_token()

    answer = post(token, password="12345678")

    assert (answer.status_code, answer.json()["code"]) == (422, "password_weak")
    assert post(token).status_code == 201


def test_no_link_is_issued_once_somebody_is_there() -> None:
    make_user()

    assert issue_setup_token() is None
