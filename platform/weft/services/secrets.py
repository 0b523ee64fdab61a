"""The installation's secrets: made once, kept in the data directory, readable by its owner alone."""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from weft.services.errors import ServiceError


@dataclass(frozen=True, slots=True)
class Secrets:
    """`secret_key` signs sessions, `fernet_keys` encrypt provider keys (newest first), the rest open our servers."""

    secret_key: str
    fernet_keys: tuple[str, ...]
    database_password: str
    redis_password: str
    inference_token: str


def load_or_create(path: Path) -> Secrets:
    """The secrets in `path`, made on first use. Never rewritten: losing them loses every stored provider key."""
    try:
        return _read(path)
    except FileNotFoundError:
        _create(path)
        return _read(path)


def _read(path: Path) -> Secrets:
    try:
        found = json.loads(path.read_text())
        return Secrets(**{**found, "fernet_keys": tuple(found["fernet_keys"])})
    except (ValueError, TypeError, KeyError) as exc:
        raise ServiceError(
            "secrets_unreadable",
            f"{path} is damaged. Restore it from a backup: without it, stored provider keys cannot be decrypted.",
        ) from exc


def _create(path: Path) -> None:
    fresh = Secrets(
        secret_key=secrets.token_urlsafe(48),
        fernet_keys=(base64.urlsafe_b64encode(os.urandom(32)).decode(),),
        database_password=secrets.token_hex(20),
        redis_password=secrets.token_hex(20),
        inference_token=secrets.token_hex(20),
    )
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(asdict(fresh), file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
