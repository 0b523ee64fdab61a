from types import SimpleNamespace

import pytest
from pytest_django.fixtures import Settings

from weft.services import health
from weft.services.health import check_all
from weft.services.ports import free_port


@pytest.fixture(autouse=True)
def _database(transactional_db: None) -> None:
    """The check opens and releases a connection of its own."""


def statuses() -> tuple[str, dict[str, str]]:
    report = check_all()
    return report["status"], {name: each["status"] for name, each in report["services"].items()}


def test_every_service_that_answers_is_ok(settings: Settings, chroma_url: str) -> None:
    settings.INFERENCE_URL = ""

    assert statuses() == ("ok", {"database": "ok", "redis": "ok", "chroma": "ok", "inference": "off"})


def test_one_that_does_not_answer_makes_the_whole_unavailable(settings: Settings, chroma_url: str) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    settings.INFERENCE_URL = f"http://127.0.0.1:{free_port()}"

    assert statuses() == (
        "unavailable",
        {"database": "ok", "redis": "unreachable", "chroma": "ok", "inference": "unreachable"},
    )


def test_a_report_is_kept_for_two_seconds(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """/readyz is open to everyone: asking often must not cost the services anything."""
    clock = iter((100.0, 100.5, 102.0, 102.5, 102.5, 103.0))  # read twice where the report is too old
    reports = iter(("first", "second", "third"))

    def look() -> health.Report:
        return {"status": "ok", "checked_at": next(reports), "services": {}}

    monkeypatch.setattr(health, "_recent", None)
    monkeypatch.setattr(health, "check_all", look)
    monkeypatch.setattr(health, "time", SimpleNamespace(monotonic=lambda: next(clock)))

    found = [health.recent_report()["checked_at"] for _ in range(5)]

    assert found == ["first", "first", "first", "second", "second"]
