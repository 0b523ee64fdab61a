"""How many threads of the index worker each kind of long work may have, so that none keeps the others waiting.

A call that finds its kind's threads taken does not wait in one: those at work do it when they are done. What is left
over is lost with the process, and the scheduler calls for it again. Knows threads of this process, not what they do.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

Work = Callable[[], object]


class Slots:
    def __init__(self, count: int) -> None:
        self.count = count
        self._taken = 0
        self._left: OrderedDict[str, Work] = OrderedDict()
        self._lock = threading.Lock()

    def run(self, key: str, work: Work, *, later: Work | None = None) -> None:
        """Do the work, then what others left meanwhile; with no slot free, leave it, or `later` in its place. What has
        the same key is left once."""
        with self._lock:
            if self._taken >= self.count:
                self._left.setdefault(key, later or work)
                return
            self._taken += 1
        following: Work | None = work
        try:
            while following is not None:
                following()
                following = self._next()
        except BaseException:
            with self._lock:
                self._taken -= 1
            raise

    def _next(self) -> Work | None:
        """Looking and giving the slot back are one step: a call cannot be left between them."""
        with self._lock:
            if self._left:
                return self._left.popitem(last=False)[1]
            self._taken -= 1
            return None


DOCUMENTS = Slots(2)
MOVES = Slots(1)
EVALUATIONS = Slots(1)
LOOKS = Slots(1)
# short upkeep (merges, indexes) has what the worker's threads are more than these: weft.services.celery
ALL = (DOCUMENTS, MOVES, EVALUATIONS, LOOKS)
