"""Celery's doors to what the studio does beside requests."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from apps.studio import warming


@shared_task(name="studio.warm_app")
def warm_app(app_id: str) -> None:
    """After an app was published, deleted or restored."""
    warming.warm_app(UUID(app_id))


@shared_task(name="studio.warm_missing")
def warm_missing() -> None:
    """Now and then: the model server may have been started again."""
    warming.warm_missing()
