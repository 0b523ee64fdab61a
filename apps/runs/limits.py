"""How many runs the outside may have under way at once, so that one caller in a loop does not starve everybody else.

Knows rows and settings; knows nothing of HTTP. The count is taken without a lock: requests that arrive within the same
milliseconds may pass together and exceed a limit by a few.
"""

from __future__ import annotations

from django.conf import settings
from django.db.models import QuerySet

from apps.runs.errors import TooManyRuns
from apps.runs.files import EndUser
from apps.runs.models import ACTIVE, Run, Source
from apps.studio.models import App

OUTSIDE = [source for source in Source if source != Source.EDITOR]


def check_room(app: App, asker: EndUser) -> None:
    """Raises TooManyRuns. Somebody who gives no name is counted with the app only."""
    if _is_full(active_runs(app), settings.APP_MAX_ACTIVE_RUNS):
        raise TooManyRuns(f"The app {app.name}", settings.APP_MAX_ACTIVE_RUNS, "WEFT_APP_MAX_ACTIVE_RUNS")
    if asker.name and _is_full(active_runs_of(app, asker), settings.END_USER_MAX_ACTIVE_RUNS):
        raise TooManyRuns("This user", settings.END_USER_MAX_ACTIVE_RUNS, "WEFT_END_USER_MAX_ACTIVE_RUNS")


def active_runs(app: App) -> QuerySet[Run]:
    """What the outside has under way in this app."""
    return Run.objects.filter(app=app, status__in=ACTIVE, source__in=OUTSIDE)


def active_runs_of(app: App, asker: EndUser) -> QuerySet[Run]:
    return Run.objects.filter(app=app, status__in=ACTIVE, source__in=asker.source.population, end_user=asker.name)


def _is_full(runs: QuerySet[Run], limit: int) -> bool:
    """Looks at `limit` entries of the index at most. A limit of 0 is none."""
    return limit > 0 and runs.order_by()[:limit].count() >= limit
