"""Keys of providers at rest: encrypted with the newest of FERNET_KEYS, readable with any of them.

Knows encryption; knows nothing of who a key belongs to.
"""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from weft.http.errors import WeftError


def encrypt(text: str) -> str:
    return _box().encrypt(text.encode()).decode() if text else ""


def decrypt(stored: str) -> str:
    """Raises `provider_key_unreadable` when none of our keys made it: the data directory lost its secrets."""
    if not stored:
        return ""
    try:
        return _box().decrypt(stored.encode()).decode()
    except InvalidToken as exc:
        message = "The stored API key cannot be read with this installation's secrets. Enter the key again."
        raise WeftError("provider_key_unreadable", message, 409) from exc


def hint(key: str) -> str:
    """Enough to recognise a key by, too little to use it."""
    return f"…{key[-4:]}" if len(key) >= 12 else ("…" if key else "")


def _box() -> MultiFernet:
    if not settings.FERNET_KEYS:
        message = "Weft has no encryption key: start it with `make up`, or set WEFT_FERNET_KEYS."
        raise WeftError("encryption_key_missing", message, 500)
    return MultiFernet([Fernet(key) for key in settings.FERNET_KEYS])
