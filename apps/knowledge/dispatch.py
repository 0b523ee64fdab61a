"""Asks workers for work, by the names of their tasks: who asks need not know what they do."""

from __future__ import annotations

import logging
from typing import Any

from celery import current_app

logger = logging.getLogger(__name__)


def send(task: str, *args: object, **options: Any) -> bool:
    """Whether the message was sent. One that was not is logged: what it asks for is stored, and the scheduler, the
    next change or the auditor asks again. `options` are Celery's."""
    try:
        current_app.send_task(f"knowledge.{task}", args=list(args), **options)
    except Exception:
        logger.exception("The message %s%s could not be sent", task, args)
        return False
    return True
