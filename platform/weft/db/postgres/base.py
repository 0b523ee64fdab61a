"""PostgreSQL as Django speaks it, with connections that are tried before use only when they have lain idle.

Knows Django's backend and its pool; knows no table. Runs borrow a connection for a statement or two, so a trial each
time would be a third of all round trips. One that was used a moment ago needs none; a PostgreSQL that was restarted
is found by the others.
"""

from __future__ import annotations

import time
from typing import Any

from django.db.backends.postgresql import base
from psycopg import OperationalError
from psycopg_pool import ConnectionPool

TRUSTED_S = 1.0


class DatabaseWrapper(base.DatabaseWrapper):
    """One thread's connection, lent by the pool."""

    def get_new_connection(self, conn_params: Any) -> Any:
        while True:
            connection = super().get_new_connection(conn_params)
            if self.pool is None or _is_alive(connection):
                return connection
            # the pool throws a broken one away, so there is an end to them
            self.pool.putconn(connection)

    def _configure_connection(self, connection: Any) -> bool:
        """Of a new one; the pool also makes some that nobody has asked for yet."""
        connection.used_at = time.monotonic()
        return bool(super()._configure_connection(connection))  # type: ignore[misc]

    def _close(self) -> None:
        if self.connection is not None:
            self.connection.used_at = time.monotonic()
        super()._close()  # type: ignore[misc]


def _is_alive(connection: Any) -> bool:
    """Whether the connection was used a moment ago, or still answers."""
    if time.monotonic() - connection.used_at < TRUSTED_S:
        return True
    try:
        ConnectionPool.check_connection(connection)
    except OperationalError:
        return False
    return True
