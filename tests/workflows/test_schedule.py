"""Schedules: what is refused and why, when they fire, and what a clicked-together schedule means."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from workflows.schedule import check_schedule, next_times, visual_cron


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "cron", ["0 9 * * *", "*/5 8-18 * * MON-FRI", "0 0 L * *", "0 0 29 2 ?", "@daily", "5 4 1,15 * 1"]
)
def test_schedules_that_fire(cron: str) -> None:
    assert check_schedule(cron, "Asia/Shanghai") == []


@pytest.mark.parametrize(
    ("cron", "timezone", "codes"),
    [
        ("0 9 * *", "UTC", ["cron_invalid"]),
        ("* * * * * *", "UTC", ["cron_invalid"]),
        ("61 * * * *", "UTC", ["cron_invalid"]),
        ("9" * 300, "UTC", ["cron_invalid"]),
        ("0 0 30 2 *", "UTC", ["cron_invalid"]),
        ("0 0 * 2 MON#5", "UTC", []),
        ("", "Mars/Olympus", ["cron_invalid", "timezone_unknown"]),
        ("0 9 * * *", "../../etc/passwd", ["timezone_unknown"]),
        ("0 9 * * *", "/etc", ["timezone_unknown"]),
        ("0 9 * * *", "a\0b", ["timezone_unknown"]),
    ],
)
def test_schedules_that_are_refused(cron: str, timezone: str, codes: list[str]) -> None:
    assert [fault.code for fault in check_schedule(cron, timezone)] == codes


def test_times_follow_the_clocks_of_the_zone() -> None:
    spring = next_times("30 2 * * *", "Europe/Berlin", after=at("2026-03-28T12:00"), count=2)
    autumn = next_times("30 2 * * *", "Europe/Berlin", after=at("2026-10-24T12:00"), count=2)

    assert spring == [at("2026-03-29T01:00"), at("2026-03-30T00:30")]
    assert autumn == [at("2026-10-25T00:30"), at("2026-10-26T01:30")]


def test_the_moment_itself_is_not_next() -> None:
    assert next_times("0 9 * * *", "UTC", after=at("2026-01-01T09:00")) == [at("2026-01-02T09:00")]
    with pytest.raises(ValueError, match="no time zone"):
        next_times("0 9 * * *", "nowhere", after=at("2026-01-01T09:00"))


@pytest.mark.parametrize(
    ("given", "cron"),
    [
        ({"frequency": "hourly", "on_minute": 5}, "5 * * * *"),
        ({"frequency": "daily", "time": "12:00 AM"}, "0 0 * * *"),
        ({"frequency": "daily", "time": "12:05 pm"}, "5 12 * * *"),
        ({"frequency": "daily", "time": "21:30"}, "30 21 * * *"),
        ({"frequency": "weekly", "time": "9:30 PM", "weekdays": ["mon", "sun"]}, "30 21 * * 0,1"),
        ({"frequency": "monthly", "monthly_days": [15, "last", 1]}, "0 0 1,15,L * *"),
    ],
)
def test_a_visual_schedule_is_a_cron_expression(given: dict[str, object], cron: str) -> None:
    assert visual_cron(**given) == cron  # type: ignore[arg-type]
    assert check_schedule(cron, "UTC") == []


@pytest.mark.parametrize(
    "given",
    [
        {"frequency": "sometimes"},
        {"frequency": "hourly", "on_minute": 60},
        {"frequency": "daily", "time": "25:00"},
        {"frequency": "daily", "time": "13:00 PM"},
        {"frequency": "weekly", "weekdays": []},
        {"frequency": "weekly", "weekdays": ["noday"]},
        {"frequency": "monthly", "monthly_days": [32]},
        {"frequency": "monthly", "monthly_days": ["¹"]},
    ],
)
def test_a_visual_schedule_that_means_nothing_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        visual_cron(**given)  # type: ignore[arg-type]
