"""Celery's door to the schedules."""

from __future__ import annotations

from celery import shared_task

from apps.publishing.triggers import schedules


@shared_task(name="publishing.fire_schedules")
def fire_schedules() -> None:
    """Start the runs whose time has come."""
    schedules.fire_due()
