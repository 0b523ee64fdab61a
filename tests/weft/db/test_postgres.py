"""Connections of the pool: tried when they lay idle, and not when they were used a moment ago."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from psycopg_pool import ConnectionPool

from weft.db.postgres import base


@pytest.fixture
def own(db: None) -> Iterator[Any]:
    """A connection with a pool of its own, so that what is cut here is nobody else's."""
    wrapper = connection.copy("own")
    yield wrapper
    wrapper.close()
    wrapper.close_pool()


def _pid(own: Any) -> int:
    """The server's side of the connection that was lent; it is given back."""
    with own.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = int(cursor.fetchone()[0])
    own.close()
    return pid


def test_an_idle_connection_that_was_cut_is_replaced(own: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "TRUSTED_S", 0.0)
    cut = _pid(own)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [cut])

    assert cut not in [_pid(own) for _ in range(3)]


def test_a_connection_is_tried_only_after_it_lay_idle(own: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[object] = []
    monkeypatch.setattr(ConnectionPool, "check_connection", staticmethod(tried.append))

    monkeypatch.setattr(base, "TRUSTED_S", 3600.0)
    assert (_pid(own) > 0, len(tried)) == (True, 0)

    monkeypatch.setattr(base, "TRUSTED_S", 0.0)
    assert (_pid(own) > 0, len(tried)) == (True, 1)
