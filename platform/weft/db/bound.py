"""Statements whose values go to PostgreSQL beside them, in binary; on Django's own connection, in its transaction.

Django puts values into the statement's text: a long one is then in memory several times, and bytes travel at twice
their size.
"""

from __future__ import annotations

from typing import Any

import psycopg
from django.db import connection


def execute(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    """The rows, if it gives any; bytes and texts as they are stored."""
    with connection.wrap_database_errors, cursor() as opened:
        opened.execute(sql, params, binary=True)
        return opened.fetchall() if opened.description else []


def cursor() -> psycopg.Cursor[tuple[Any, ...]]:
    connection.ensure_connection()
    return psycopg.Cursor(connection.connection)
