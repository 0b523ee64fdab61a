"""When a schedule fires: cron expressions with a time zone, and what a schedule clicked together means as one.

Knows calendars; knows nothing of runs or of who wakes up at these times. Pure: the same expression and the same moment
always give the same times. Around a change of clocks it does as cron does: a time that is skipped fires right after
the gap, one that occurs twice fires once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from workflows.errors import Fault

_MAX_LENGTH = 200
_MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_TIME = re.compile(r"^\s*(\d{1,2})(?::(\d{2}))?\s*([AaPp][Mm])?\s*$")
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def check_schedule(cron: str, timezone: str) -> list[Fault]:
    """What is wrong with a schedule, as faults of the fields `cron` and `timezone`; empty when it will fire."""
    faults = []
    if _zone(timezone) is None:
        message = f"There is no time zone {timezone[:60]!r}. Write one like 'Europe/Berlin' or 'UTC'."
        faults.append(Fault("timezone_unknown", message, None, "timezone"))
    try:
        times = _fire_times(cron, _EPOCH)
    except ValueError as error:
        message = f"The cron expression {cron[:_MAX_LENGTH]!r} cannot be read: {error}. {_HOW}"
        return [Fault("cron_invalid", message, None, "cron"), *faults]
    if next(times, None) is None:
        message = f"The cron expression {cron!r} never fires: no such day exists."
        faults.insert(0, Fault("cron_never", message, None, "cron"))
    return faults


_HOW = "It has five parts: minute, hour, day of the month, month, day of the week, as in '30 9 * * 1-5'."


def next_times(cron: str, timezone: str, *, after: datetime, count: int = 1) -> list[datetime]:
    """The next `count` moments after `after` (an aware datetime), in UTC; fewer when the schedule never fires again.
    Raises ValueError with a sentence when `check_schedule` has something to say.
    """
    zone = _zone(timezone)
    if zone is None:
        raise ValueError(f"There is no time zone {timezone[:60]!r}.")
    times = _fire_times(cron, after.astimezone(zone))
    return [time.astimezone(UTC) for time in islice(times, count)]


def _fire_times(cron: str, after: datetime) -> CronSim:
    text = cron.strip()
    if len(text) > _MAX_LENGTH:
        raise ValueError(f"it is longer than {_MAX_LENGTH} characters")
    parts = _MACROS.get(text.lower(), text).replace("?", "*").split()
    if len(parts) != 5:
        raise ValueError(f"it has {len(parts)} parts")
    try:
        return CronSim(" ".join(parts), after)
    except CronSimError as error:
        raise ValueError(str(error)[:1].lower() + str(error)[1:]) from error


def _zone(name: str) -> ZoneInfo | None:
    """The time zone; None when there is none of that name. Names that leave the folder of zones are none either."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def visual_cron(
    frequency: str,
    *,
    time: str = "12:00 AM",
    weekdays: Sequence[str] = (),
    on_minute: int = 0,
    monthly_days: Sequence[int | str] = (),
) -> str:
    """The cron expression of a schedule clicked together: `hourly`, `daily`, `weekly` (days `sun` to `sat`) or
    `monthly` (days 1 to 31 and `last`). Raises ValueError, with a sentence, for what is none.
    """
    if frequency == "hourly":
        if not 0 <= on_minute <= 59:
            raise ValueError(f"An hour has no minute {on_minute}.")
        return f"{on_minute} * * * *"
    minute, hour = _clock_time(time)
    if frequency == "daily":
        return f"{minute} {hour} * * *"
    if frequency == "weekly":
        return f"{minute} {hour} * * {_listed([_weekday(day) for day in weekdays], 'day of the week')}"
    if frequency == "monthly":
        return f"{minute} {hour} {_listed([_month_day(day) for day in monthly_days], 'day of the month')} * *"
    raise ValueError(f"A schedule cannot be {frequency!r}: it is hourly, daily, weekly or monthly.")


def _clock_time(text: str) -> tuple[int, int]:
    """Minute and hour of `9:30 PM` or `21:30`."""
    match = _TIME.match(text)
    if match is not None:
        hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").lower()
        if half and 1 <= hour <= 12:
            hour = hour % 12 + (12 if half == "pm" else 0)
        elif half:
            hour = 24
        if hour < 24 and minute < 60:
            return minute, hour
    raise ValueError(f"{text[:40]!r} is no time of day. Write it like '9:30 AM' or '21:30'.")


def _weekday(day: str) -> int:
    if str(day)[:3].lower() not in _WEEKDAYS:
        raise ValueError(f"{str(day)[:40]!r} is no day of the week.")
    return _WEEKDAYS.index(str(day)[:3].lower())


def _month_day(day: int | str) -> int:
    """The day's number; 32 stands for the last day."""
    if day == "last":
        return 32
    if str(day).isascii() and str(day).isdigit() and 1 <= int(str(day)[:3]) <= 31:
        return int(day)
    raise ValueError(f"{str(day)[:40]!r} is no day of the month.")


def _listed(days: Sequence[int], what: str) -> str:
    if not days:
        raise ValueError(f"The schedule names no {what}.")
    return ",".join("L" if day == 32 else str(day) for day in sorted(set(days)))
