"""Celery's doors to the schedules, and to telling people of forms."""

from __future__ import annotations

from celery import shared_task

from apps.publishing import deliveries
from apps.publishing.triggers import schedules


@shared_task(name="publishing.fire_schedules")
def fire_schedules() -> None:
    """Start the runs whose time has come."""
    schedules.fire_due()


@shared_task(name="publishing.forget_firings")
def forget_firings() -> None:
    """Delete what nobody reads any more of the triggers' past."""
    schedules.forget_firings()


@shared_task(name="publishing.deliver_forms")
def deliver_forms() -> None:
    """Tell people of the forms that wait for them."""
    deliveries.deliver_due()
