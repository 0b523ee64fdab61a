"""Row locks of the studio."""

from __future__ import annotations

from apps.studio.models import App, Draft


def lock_draft(app: App) -> Draft:
    """The app's draft, locked until the transaction ends: saves and publications of one app happen one after another."""
    return Draft.objects.select_for_update().get(app=app)
