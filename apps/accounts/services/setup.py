"""The first admin: made once, with a one-time link that the operator's terminal shows. There is no default password."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import Membership, Role, SetupToken, User, Workspace
from apps.accounts.services.audit import record
from weft.http.errors import WeftError, invalid

TOKEN_LIFETIME = timedelta(hours=24)
_LOCK = 0x57454654


def setup_needed() -> bool:
    return not User.objects.exists()


@transaction.atomic
def issue_setup_token() -> str | None:
    """A fresh token's text while there is no user, else None. The tokens before it stop working."""
    if not setup_needed():
        return None
    token = secrets.token_urlsafe(32)
    SetupToken.objects.filter(used_at=None).delete()
    SetupToken.objects.create(digest=_digest(token), expires_at=timezone.now() + TOKEN_LIFETIME)
    return token


@transaction.atomic
def complete_setup(*, token: str, email: str, name: str, password: str, language: str = "en") -> User:
    """Make the owner and the first workspace. Of two at once one finds set-up done. Refusals change nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    if not setup_needed():
        raise WeftError("setup_done", "Weft is set up already; sign in instead.", 409)
    _use(token)
    user = User(email=email.strip().lower(), name=name.strip(), language=language)
    check_password(password, user)
    user.set_password(password)
    user.save()
    workspace = _first_workspace(f"{user.name}'s workspace" if language == "en" else f"{user.name} 的工作区")
    Membership.objects.create(workspace=workspace, user=user, role=Role.OWNER)
    record(workspace.id, user, "workspace.create", workspace.name)
    return user


def _first_workspace(name: str) -> Workspace:
    """The workspace of the sample app, if that was made before anybody arrived; else a new one."""
    sample = Workspace.objects.filter(memberships=None).order_by("created_at").first()
    if sample is None:
        return Workspace.objects.create(name=name)
    sample.name = name
    sample.save(update_fields=["name", "updated_at"])
    return sample


def check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as exc:
        raise invalid("password", " ".join(exc.messages), "password_weak") from exc


def _use(token: str) -> None:
    found = SetupToken.objects.select_for_update().filter(digest=_digest(token), used_at=None).first()
    if found is None or found.expires_at < timezone.now():
        message = "This set-up link is wrong, used or expired. `python manage.py setup_link` prints a new one."
        raise WeftError("setup_token_invalid", message, 403, field="token")
    found.used_at = timezone.now()
    found.save(update_fields=["used_at", "updated_at"])


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
