"""Signing in by password, slowed down for those who guess."""

from __future__ import annotations

from typing import cast

import redis
from django.contrib.auth.hashers import make_password

from apps.accounts.models import User
from weft.events import connection
from weft.http.errors import WeftError

WINDOW_S = 300
# Per address and account; and per address over all accounts, against one password tried on many.
MAX_FAILURES_PER_ACCOUNT = 5
MAX_FAILURES_PER_ADDRESS = 30


def sign_in(*, email: str, password: str, address: str) -> User:
    """The user, or 401; after too many failures 429 with `retry_after`, also for the right password."""
    email = email.strip().lower()
    keys = {
        f"accounts:failures:{address}:{email}": MAX_FAILURES_PER_ACCOUNT,
        f"accounts:failures:{address}": MAX_FAILURES_PER_ADDRESS,
    }
    client = connection.client()
    _count_attempt(client, keys)
    user = User.objects.filter(email=email, is_active=True).first()
    if user is None:
        # The same work as for a known account, so that timing does not tell which accounts there are.
        make_password(password)
    elif user.check_password(password):
        _uncount(client, keys)
        client.delete(next(iter(keys)))
        return user
    raise WeftError("login_failed", "The e-mail address or the password is wrong.", 401)


def _count_attempt(client: redis.Redis, keys: dict[str, int]) -> None:
    """Counted before the password is looked at, so that guesses sent all at once are not looked at all at once."""
    with client.pipeline() as pipeline:
        for key in keys:
            # The window begins with its first attempt and is not prolonged by the later ones.
            pipeline.set(key, 0, ex=WINDOW_S, nx=True)
            pipeline.incr(key)
            pipeline.ttl(key)
        replies = cast("list[int]", pipeline.execute())
    for key, limit, count, ttl in zip(keys, keys.values(), replies[1::3], replies[2::3], strict=True):
        if ttl < 0:  # uncounted just after its window had ended
            client.expire(key, WINDOW_S)
        if count > limit:
            _uncount(client, keys)
            raise _throttled(max(1, ttl))


def _throttled(retry_after: int) -> WeftError:
    return WeftError(
        "login_throttled",
        f"Too many failed sign-ins. Try again in {retry_after} seconds.",
        429,
        details={"retry_after": retry_after},
        headers={"Retry-After": str(retry_after)},
    )


def _uncount(client: redis.Redis, keys: dict[str, int]) -> None:
    """The attempt was no failure, or nobody looked at its password."""
    with client.pipeline() as pipeline:
        for key in keys:
            pipeline.decr(key)
        pipeline.execute()
