"""Periodic work of accounts."""

from __future__ import annotations

from celery import shared_task

from apps.accounts.services import flush_key_uses as flush


@shared_task(name="accounts.flush_key_uses")
def flush_key_uses() -> None:
    flush()
