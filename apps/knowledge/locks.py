"""The locks of this app on what is no row."""

from __future__ import annotations

from django.db import connection

_ASKED = 0x41534B44


def try_lock_asked() -> bool:
    """Until the transaction ends nobody else moves the notes of searches; False when somebody does now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_ASKED])
        return bool(cursor.fetchone()[0])
