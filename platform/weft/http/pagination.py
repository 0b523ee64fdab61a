"""Cursor pages `{items, next}`: a cursor is the last row's sort key, so pages neither repeat nor skip rows.

Knows querysets and request parameters; knows no serializer.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

from weft.http.errors import WeftError

M = TypeVar("M", bound=Model)

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    items: list[M]
    next: str | None

    def render(self, item: Callable[[M], Any]) -> dict[str, Any]:
        return {"items": [item(each) for each in self.items], "next": self.next}


def paginate(
    queryset: QuerySet[M],
    params: Mapping[str, str],
    *,
    order: Sequence[str] = ("-created_at", "-id"),
    default_limit: int = DEFAULT_LIMIT,
) -> Page[M]:
    """One page after `params["cursor"]`, at most `params["limit"]` rows. `order` must end in a unique field."""
    limit = _limit(params.get("limit"), default_limit)
    rows = queryset.order_by(*order)
    if cursor := params.get("cursor"):
        try:
            rows = rows.filter(_after(order, _decode(cursor, len(order))))
            found = list(rows[: limit + 1])
        except (ValidationError, ValueError, TypeError) as exc:
            raise _bad_cursor() from exc
    else:
        found = list(rows[: limit + 1])
    more = len(found) > limit
    items = found[:limit]
    return Page(items, _encode(order, items[-1]) if more else None)


def _limit(text: str | None, default: int) -> int:
    if not text:
        return default
    if not text.isdecimal() or int(text) < 1:
        raise WeftError("invalid", f"limit must be a number from 1 to {MAX_LIMIT}, not {text!r}.", 422, field="limit")
    return min(int(text), MAX_LIMIT)


def _after(order: Sequence[str], values: Sequence[Any]) -> Q:
    condition = Q()
    for index, field in enumerate(order):
        name, comparison = (field[1:], "lt") if field.startswith("-") else (field, "gt")
        same = Q(**{each.lstrip("-"): values[i] for i, each in enumerate(order[:index])})
        condition |= same & Q(**{f"{name}__{comparison}": values[index]})
    return condition


def _encode(order: Sequence[str], row: Model) -> str:
    values = [_plain(getattr(row, field.lstrip("-"))) for field in order]
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _decode(cursor: str, length: int) -> list[Any]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error) as exc:
        raise _bad_cursor() from exc
    if not isinstance(values, list) or len(values) != length:
        raise _bad_cursor()
    return values


def _bad_cursor() -> WeftError:
    return WeftError(
        "invalid_cursor", "The cursor is not one that this list gave; start again without it.", 422, field="cursor"
    )
