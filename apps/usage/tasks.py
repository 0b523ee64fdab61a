"""Periodic work of usage."""

from __future__ import annotations

from celery import shared_task

from apps.usage import services


@shared_task(name="usage.flush")
def flush() -> None:
    services.flush()
