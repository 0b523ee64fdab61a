"""Row locks of this app."""

from __future__ import annotations

from apps.providers.models import Provider


def lock_provider(provider: Provider) -> Provider:
    """The row as it is now, locked until the transaction ends."""
    return Provider.objects.select_for_update().get(pk=provider.pk)
