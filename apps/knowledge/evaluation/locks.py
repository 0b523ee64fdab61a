"""Locks on what is no row."""

from __future__ import annotations

from django.db import connection

_EVALUATIONS = 7_201_664


def lock_evaluations() -> None:
    """Until the transaction ends, nobody else begins to work on an evaluation."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_EVALUATIONS])
