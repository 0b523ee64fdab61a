"""An app's public page: its code, its texts, and the visitors it knows by a signed token.

A visitor is a random id in a signature of ours, kept by the page itself: no cookie, so it works in a frame on any site.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing

from apps.publishing.callers import Caller, caller_of
from apps.publishing.errors import NotFound, NotPublished
from apps.publishing.models import Site, new_code
from apps.studio.models import App

SALT = "weft.visitor"
PUBLIC_VARIABLE_KEYS = ("name", "label", "type", "required", "default", "max_length", "options", "description")


@dataclass(frozen=True, slots=True)
class PublicSite:
    code: str
    title: str
    greeting: str
    suggested_questions: list[str]
    caller: Caller

    def to_json(self) -> dict[str, Any]:
        variables = [item for item in self.caller.start_variables if not item.get("hide")]
        return {
            "code": self.code,
            "title": self.title,
            "mode": self.caller.mode,
            "greeting": self.greeting,
            "suggested_questions": self.suggested_questions,
            "inputs": [{key: item.get(key) for key in PUBLIC_VARIABLE_KEYS} for item in variables],
            "max_upload_bytes": settings.MAX_UPLOAD_BYTES,
            "citations": self.caller.shows_sources,
        }


def public_site(code: str) -> PublicSite:
    """The published app behind a code. A wrong code, a page switched off and an app without a version look the same."""
    found = Site.objects.select_related("app__live_version").filter(code=code, enabled=True).first()
    if found is None or found.app.deleted_at is not None:
        raise NotFound("This page")
    try:
        caller = caller_of(found.app)
    except NotPublished as error:
        raise NotFound("This page") from error
    features = caller.features
    return PublicSite(
        code=found.code,
        title=found.title or caller.name,
        greeting=found.greeting or features.get("opening_statement", ""),
        suggested_questions=found.suggested_questions or features.get("suggested_questions", []),
        caller=caller,
    )


def site_of(app: App) -> Site:
    """The app's site row; made on first use."""
    return Site.objects.get_or_create(app=app)[0]


def update_site(app: App, changes: dict[str, Any]) -> Site:
    """Set the given fields. `renew_code` true makes a new code, which ends every old link."""
    site = site_of(app)
    for name in ("enabled", "title", "greeting", "suggested_questions"):
        if name in changes:
            setattr(site, name, changes[name])
    if changes.get("renew_code"):
        site.code = new_code()
    site.save()
    return site


def new_visitor() -> str:
    return signing.dumps(secrets.token_urlsafe(12), salt=SALT)


def visitor_of(token: str) -> str | None:
    """The visitor's id, or None for a token that is not ours."""
    try:
        return str(signing.loads(token, salt=SALT))
    except signing.BadSignature:
        return None


def site_facets(apps: list[App]) -> dict[Any, dict[str, Any]]:
    """What an app's card shows of its page."""
    found = {site.app_id: site for site in Site.objects.filter(app__in=apps)}
    return {
        app.pk: {"site": {"enabled": found[app.pk].enabled, "code": found[app.pk].code} if app.pk in found else None}
        for app in apps
    }
