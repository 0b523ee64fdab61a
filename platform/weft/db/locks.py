"""Locks on what is no row."""

from __future__ import annotations

from django.db import connection


def lock_file(sha256: str) -> None:
    """Until the transaction ends, nobody else stores or deletes the file with this content."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int(sha256[:15], 16)])
