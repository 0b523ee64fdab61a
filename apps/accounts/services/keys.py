"""Bearer keys of apps and of datasets. The text is shown once; the table holds its digest."""

from __future__ import annotations

import hashlib
import secrets
import string
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast
from uuid import UUID

import redis
from django.db import transaction
from django.db.models import QuerySet

from apps.accounts.models import ApiKey, KeyScope
from apps.accounts.services.actors import Actor
from apps.accounts.services.audit import record
from weft.events import connection
from weft.http.errors import not_found

_ALPHABET = string.ascii_letters + string.digits
_LENGTH = 24
# Uses since the last flush: key id -> epoch seconds. Written on the hot path instead of the row.
_USES = "accounts:key-uses"


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """`text` exists only in this value; it cannot be shown again."""

    row: ApiKey
    text: str


@transaction.atomic
def issue_key(actor: Actor, *, app_id: UUID | None = None) -> IssuedKey:
    """A key of one app, or of the workspace's datasets when `app_id` is None. The caller has checked role and app."""
    scope = KeyScope.DATASET if app_id is None else KeyScope.APP
    text = f"{scope.value}-" + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    row = ApiKey.objects.create(
        workspace=actor.workspace,
        scope=scope,
        app_id=app_id,
        prefix=text[: len(scope.value) + 5],
        digest=_digest(text),
        created_by=actor.user,
    )
    record(
        actor.workspace_id,
        actor.user,
        "key.issue",
        row.prefix,
        scope=scope.value,
        app_id=str(app_id) if app_id else None,
    )
    return IssuedKey(row, text)


def verify_key(text: str) -> ApiKey | None:
    """The key's row, or None. One indexed query; the digest's lookup leaks nothing of the key by its timing."""
    if not text.startswith(tuple(f"{scope.value}-" for scope in KeyScope)):
        return None
    key = ApiKey.objects.filter(digest=_digest(text)).select_related("workspace").first()
    if key is not None:
        _note_use(key.id)
    return key


@transaction.atomic
def revoke_key(actor: Actor, key_id: UUID, *, app_id: UUID | None = None) -> None:
    """The key stops working at once. A key of another app or workspace is not there."""
    key = ApiKey.objects.filter(workspace=actor.workspace, id=key_id, app_id=app_id).first()
    if key is None:
        raise not_found("key")
    record(actor.workspace_id, actor.user, "key.revoke", key.prefix, scope=key.scope)
    key.delete()


def keys_of_app(workspace_id: UUID, app_id: UUID) -> QuerySet[ApiKey]:
    return ApiKey.objects.filter(workspace_id=workspace_id, scope=KeyScope.APP, app_id=app_id)


def keys_of_datasets(workspace_id: UUID) -> QuerySet[ApiKey]:
    return ApiKey.objects.filter(workspace_id=workspace_id, scope=KeyScope.DATASET)


def flush_key_uses() -> int:
    """Move the noted uses into `last_used_at`; beat calls this. Returns how many keys were touched."""
    client = connection.client()
    moved = f"{_USES}:flushing"
    try:
        client.rename(_USES, moved)
    except redis.ResponseError:
        return 0
    uses = cast("dict[bytes, bytes]", client.hgetall(moved))
    rows = [
        ApiKey(id=UUID(key.decode()), last_used_at=datetime.fromtimestamp(float(at), UTC)) for key, at in uses.items()
    ]
    ApiKey.objects.bulk_update(rows, ["last_used_at"], batch_size=500)
    client.delete(moved)
    return len(rows)


def _note_use(key_id: UUID) -> None:
    try:
        connection.client().hset(_USES, str(key_id), str(datetime.now(UTC).timestamp()))
    except redis.RedisError:
        # A missing "last used" is no reason to refuse a valid key.
        return


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
