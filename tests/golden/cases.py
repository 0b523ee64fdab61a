"""The golden runs by name.

The recorded events are read by pytest and by the editor's reducer in TypeScript; `python -m tests.golden.regenerate`
writes them anew, and the difference is reviewed.
"""

from __future__ import annotations

from tests.golden.case import Case
from tests.golden.containers import CONTAINERS
from tests.golden.endings import ENDINGS
from tests.golden.graphs import GRAPHS

CASES: dict[str, Case] = GRAPHS | CONTAINERS | ENDINGS
