"""The lock of this app."""

from __future__ import annotations

from django.db import connection

_FLUSH = 0x55534147


def try_lock_flush() -> bool:
    """Until the transaction ends nobody else moves notes; False when somebody does now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_FLUSH])
        return bool(cursor.fetchone()[0])
