"""Tools that tell and convert times; those of Dify's `time` provider have its names, its formats and its defaults.

The time comes from the run's clock, so that tests and replays can fix it.
"""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from workflows.context import Context
from workflows.errors import ToolError
from workflows.ports import ToolResult
from workflows.tools.base import Tool, arguments, text

_FORMAT = "%Y-%m-%d %H:%M:%S"
_ZONE = "A time zone such as Europe/Berlin, Asia/Shanghai or UTC."
_MAX_FORMAT = 200


class CurrentTime(Tool):
    """The time now."""

    name = "current_time"
    description = "Tells the current date and time."
    parameters = arguments(
        timezone=text(_ZONE, default="UTC"), format=text("How to write it, as strftime does.", default=_FORMAT)
    )

    async def call(self, ctx: Context, arguments: dict[str, Any], *, key: str) -> ToolResult:
        now = datetime.fromtimestamp(ctx.ports.clock.now(), _zone(arguments.get("timezone") or "UTC"))
        return ToolResult(text=_written(now, arguments.get("format") or _FORMAT))


class DifyCurrentTime(CurrentTime):
    provider = "time"


class TimestampToLocaltime(Tool):
    """Seconds since 1970 as a date."""

    provider = "time"
    name = "timestamp_to_localtime"
    description = "Turns a Unix timestamp into the local date and time of a time zone."
    parameters = arguments(
        ["timestamp"],
        timestamp={"type": "number", "description": "Seconds since 1970-01-01 UTC."},
        timezone=text(_ZONE, default="Asia/Shanghai"),
    )

    async def call(self, ctx: Context, arguments: dict[str, Any], *, key: str) -> ToolResult:
        try:
            at = datetime.fromtimestamp(arguments["timestamp"], _zone(arguments.get("timezone") or "Asia/Shanghai"))
        except (ValueError, OverflowError, OSError) as error:
            raise ToolError("tool_arguments", f"The timestamp {arguments['timestamp']} is no date: {error}.") from error
        return ToolResult(text=at.strftime(_FORMAT))


class LocaltimeToTimestamp(Tool):
    """A date as seconds since 1970."""

    provider = "time"
    name = "localtime_to_timestamp"
    description = "Turns a local date and time of a time zone into a Unix timestamp."
    parameters = arguments(
        ["localtime"],
        localtime=text("A date and time, such as 2024-1-1 0:0:0."),
        timezone=text(_ZONE, default="Asia/Shanghai"),
    )

    async def call(self, ctx: Context, arguments: dict[str, Any], *, key: str) -> ToolResult:
        at = _read(arguments["localtime"], _zone(arguments.get("timezone") or "Asia/Shanghai"))
        return ToolResult(text=str(int(at.timestamp())))


class TimezoneConversion(Tool):
    """A time elsewhere."""

    provider = "time"
    name = "timezone_conversion"
    description = "Converts a date and time from one time zone to another."
    parameters = arguments(
        ["current_time", "current_timezone", "target_timezone"],
        current_time=text("A date and time, such as 2024-1-1 0:0:0."),
        current_timezone=text(_ZONE, default="Asia/Shanghai"),
        target_timezone=text(_ZONE, default="Asia/Tokyo"),
    )

    async def call(self, ctx: Context, arguments: dict[str, Any], *, key: str) -> ToolResult:
        at = _read(arguments["current_time"], _zone(arguments["current_timezone"]))
        return ToolResult(text=at.astimezone(_zone(arguments["target_timezone"])).strftime(_FORMAT))


class Weekday(Tool):
    """The day of the week of a date."""

    provider = "time"
    name = "weekday"
    description = "Tells the day of the week of a date."
    parameters = arguments(
        ["month", "day"],
        year={"type": "integer", "description": "The year; the current one when left out."},
        month={"type": "integer", "minimum": 1, "maximum": 12},
        day={"type": "integer", "minimum": 1, "maximum": 31},
    )

    async def call(self, ctx: Context, arguments: dict[str, Any], *, key: str) -> ToolResult:
        year = arguments.get("year") or datetime.fromtimestamp(ctx.ports.clock.now(), UTC).year
        month, day = arguments["month"], arguments["day"]
        try:
            at = datetime(year, month, day, tzinfo=UTC)
        except (ValueError, OverflowError) as error:
            raise ToolError("tool_arguments", f"{year}-{month}-{day} is no date: {error}.") from error
        date = f"{calendar.month_name[month]} {day}, {year}"
        return ToolResult(text=f"{date} is {calendar.day_name[at.weekday()]}.")


def _zone(name: str) -> tzinfo:
    if name.upper() == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ToolError("tool_arguments", f"There is no time zone {name[:60]!r}; one is Europe/Berlin.") from error


def _read(written: str, zone: tzinfo) -> datetime:
    for form in (_FORMAT, "%Y-%m-%d %H:%M", "%Y-%m-%d"):
        try:
            return datetime.strptime(written.strip(), form).replace(tzinfo=zone)
        except (ValueError, OverflowError):
            continue
    try:
        at = datetime.fromisoformat(written.strip())
    except ValueError as error:
        message = f"{written[:60]!r} is no date and time; write 2024-01-31 18:30:00."
        raise ToolError("tool_arguments", message) from error
    return at if at.tzinfo is not None else at.replace(tzinfo=zone)


def _written(at: datetime, form: str) -> str:
    if len(form) > _MAX_FORMAT:
        raise ToolError("tool_arguments", f"The format is longer than {_MAX_FORMAT} characters.")
    try:
        return at.strftime(form)
    except ValueError as error:
        raise ToolError("tool_arguments", f"The format {form!r} is wrong: {error}.") from error


TOOLS = (
    CurrentTime(), DifyCurrentTime(), TimestampToLocaltime(), LocaltimeToTimestamp(), TimezoneConversion(), Weekday(),
)  # fmt: skip
