"""What an app's card shows of its runs: the last one, and seven days of activity."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from apps.runs.models import Run, Status
from apps.runs.selectors import last_runs
from apps.studio.models import App

DAYS = 7


def run_facets(apps: list[App]) -> dict[UUID, dict[str, Any]]:
    """Two queries for any number of apps."""
    app_ids = [app.id for app in apps]
    last = last_runs(app_ids)
    today = timezone.now().date()
    days = [today - timedelta(days=age) for age in range(DAYS - 1, -1, -1)]
    counted = (
        Run.objects.filter(app_id__in=app_ids, created_at__date__gte=days[0])
        .annotate(date=TruncDate("created_at"))
        .values("app_id", "date")
        .annotate(runs=Count("id"), errors=Count("id", filter=Q(status=Status.FAILED)))
    )
    counts = {(row["app_id"], row["date"]): (row["runs"], row["errors"]) for row in counted}
    return {
        app_id: {
            "last_run": _last(last.get(app_id)),
            "activity": [_day(day, *counts.get((app_id, day), (0, 0))) for day in days],
        }
        for app_id in app_ids
    }


def _last(run: Run | None) -> dict[str, Any] | None:
    return {"status": run.status, "at": run.created_at.isoformat()} if run else None


def _day(day: date, n_runs: int, n_errors: int) -> dict[str, Any]:
    return {"date": day.isoformat(), "runs": n_runs, "errors": n_errors}
