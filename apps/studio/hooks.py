"""What higher rooms add to an app's card, and do when one is published.

They append to these lists when Django starts; studio imports none of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from apps.studio.models import App, Version

# Each gives, for a list of apps, the facts it knows: {app id: {field: value}}. One query a list, not one an app.
app_facets: list[Callable[[list[App]], dict[UUID, dict[str, Any]]]] = []

# Called in the transaction that publishes a version.
app_published: list[Callable[[App, Version], None]] = []
