from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db.models import QuerySet

from apps.accounts.models import Workspace
from weft.http.errors import WeftError
from weft.http.pagination import paginate

pytestmark = pytest.mark.django_db


def workspaces(count: int) -> list[Workspace]:
    """Pairs share a `created_at`, so that pages must break ties."""
    rows = [Workspace.objects.create(name=str(number)) for number in range(count)]
    for index, row in enumerate(rows):
        Workspace.objects.filter(id=row.id).update(created_at=datetime(2026, 1, 1 + index // 2, tzinfo=UTC))
    return rows


def walk(queryset: QuerySet[Workspace], limit: int) -> list[Workspace]:
    found: list[Workspace] = []
    cursor: str | None = ""
    while cursor is not None:
        page = paginate(queryset, {"cursor": cursor, "limit": str(limit)})
        found, cursor = found + page.items, page.next
    return found


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_hold_every_row_once(limit: int) -> None:
    workspaces(7)
    assert walk(Workspace.objects.all(), limit) == list(Workspace.objects.order_by("-created_at", "-id"))


def test_rows_added_meanwhile_do_not_shift_the_pages() -> None:
    workspaces(4)
    first = paginate(Workspace.objects.all(), {"limit": "2"})
    Workspace.objects.create(name="new")

    second = paginate(Workspace.objects.all(), {"limit": "2", "cursor": first.next or ""})

    assert {row.name for row in (*first.items, *second.items)} == {"0", "1", "2", "3"}
    assert second.next is None


@pytest.mark.parametrize("cursor", ["nonsense", "WzFd", "WyJ4IiwieSJd", "é"])
def test_a_forged_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(WeftError) as refusal:
        paginate(Workspace.objects.all(), {"cursor": cursor})
    assert (refusal.value.code, refusal.value.status) == ("invalid_cursor", 422)


@pytest.mark.parametrize("limit", ["0", "-1", "many"])
def test_a_senseless_limit_is_refused(limit: str) -> None:
    with pytest.raises(WeftError) as refusal:
        paginate(Workspace.objects.all(), {"limit": limit})
    assert refusal.value.field == "limit"
