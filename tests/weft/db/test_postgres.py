"""Connections of the pool: tried when they lay idle, and not when they were used a moment ago."""

from __future__ import annotations

import pytest
from django.db import connection
from psycopg_pool import ConnectionPool

from weft.db.aio import release
from weft.db.postgres import base


def _pid() -> int:
    """The server's side of the connection that was lent; it is given back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = int(cursor.fetchone()[0])
    release()
    return pid


@pytest.mark.django_db(transaction=True)
def test_an_idle_connection_that_was_cut_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "TRUSTED_S", 0.0)
    pool = connection.pool
    idle, other = pool.getconn(), pool.getconn()
    cut = idle.info.backend_pid
    pool.putconn(idle)
    other.execute("SELECT pg_terminate_backend(%s, 5000)", [cut])
    pool.putconn(other)

    assert cut not in [_pid() for _ in range(3)]


@pytest.mark.django_db(transaction=True)
def test_a_connection_is_tried_only_after_it_lay_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[object] = []
    monkeypatch.setattr(ConnectionPool, "check_connection", staticmethod(tried.append))

    monkeypatch.setattr(base, "TRUSTED_S", 3600.0)
    assert (_pid() > 0, len(tried)) == (True, 0)

    monkeypatch.setattr(base, "TRUSTED_S", 0.0)
    assert (_pid() > 0, len(tried)) == (True, 1)
