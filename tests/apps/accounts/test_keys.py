from __future__ import annotations

import hashlib
import re
import uuid

import pytest

from apps.accounts.models import ApiKey, AuditEntry
from apps.accounts.services import flush_key_uses, issue_key, keys_of_app, keys_of_datasets, revoke_key, verify_key
from tests.cast import Cast
from weft.http.errors import WeftError

pytestmark = pytest.mark.django_db


def test_a_key_is_known_by_its_digest_alone(cast: Cast, clean_redis: str) -> None:
    app_id = uuid.uuid4()

    app_key = issue_key(cast.owner, app_id=app_id)
    dataset_key = issue_key(cast.owner)

    assert re.fullmatch(r"app-[A-Za-z0-9]{24}", app_key.text)
    assert re.fullmatch(r"dataset-[A-Za-z0-9]{24}", dataset_key.text)
    assert app_key.row.digest == hashlib.sha256(app_key.text.encode()).hexdigest()
    assert verify_key(app_key.text) == app_key.row
    assert verify_key(app_key.text[:-1] + "!") is None
    assert verify_key("") is None
    assert list(keys_of_app(cast.workspace.id, app_id)) == [app_key.row]
    assert list(keys_of_datasets(cast.workspace.id)) == [dataset_key.row]
    assert app_key.text not in str(list(AuditEntry.objects.values()))


def test_uses_reach_the_row_in_a_batch(cast: Cast, clean_redis: str) -> None:
    issued = issue_key(cast.owner)
    verify_key(issued.text)
    assert ApiKey.objects.get().last_used_at is None

    assert (flush_key_uses(), flush_key_uses()) == (1, 0)

    assert ApiKey.objects.get().last_used_at is not None


def test_a_stranger_cannot_revoke_and_a_revoked_key_stops(cast: Cast, clean_redis: str) -> None:
    issued = issue_key(cast.owner)

    with pytest.raises(WeftError) as refusal:
        revoke_key(cast.stranger, issued.row.id)
    assert (refusal.value.status, verify_key(issued.text)) == (404, issued.row)

    revoke_key(cast.owner, issued.row.id)
    assert verify_key(issued.text) is None
