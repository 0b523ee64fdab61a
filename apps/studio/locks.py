"""Row locks of the studio."""

from __future__ import annotations

from apps.studio.models import App, Draft


def lock_draft(app: App) -> Draft:
    """The app's draft, locked until the transaction ends: one app's saves and publications wait for each other."""
    return Draft.objects.select_for_update().get(app=app)
