"""Celery's beat without the tasks: `python -m weft.services.scheduler`.

`celery beat` imports every task module, and with them Django's models and all they need, only to send names to a queue.
This sends the same names on the same schedule and loads none of it. The schedule lives in memory: every entry is
safe to miss once, and a file would only be one more thing that a kill can damage.
"""

from __future__ import annotations

import logging
import signal
import sys
from types import FrameType

from celery.beat import Scheduler, Service

from weft.celery import app
from weft.services import ready


def main() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    service = Service(app, scheduler_cls=Scheduler)

    def stop(_number: int, _frame: FrameType | None) -> None:
        service.stop()
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    ready.announce()
    service.start()


if __name__ == "__main__":
    main()
