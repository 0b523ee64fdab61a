"""A look has its time: what it does not reach, the next one begins with, and nothing is taken for gone meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from apps.knowledge.connectors import looking, url
from apps.knowledge.connectors.source import ConnectorError
from apps.knowledge.models import Connector, Dataset
from tests.apps.knowledge.connectors.looks import connect, counted, look, texts
from tests.cast import Cast


def _put(place: Path, *numbers: int) -> None:
    for number in numbers:
        (place / f"{number}.md").write_text(f"Number {number}.")


def test_the_next_look_goes_on_where_the_time_was_up(
    cast: Cast, dataset: Dataset, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _put(place, *range(10))
    monkeypatch.setattr(looking, "BUDGET_S", -1.0)
    connector = connect(cast, dataset, "folder", path=str(place), recursive=True)

    def stopped(seen: int, goes_on: str) -> dict[str, object]:
        message = f"After -1 seconds {seen} of 10 items had been looked at. The next look goes on there."
        error = {"code": "connector_time_up", "message": message}
        return counted(added=4, goes_on=goes_on, error=error)

    # four at a time
    assert look(connector) == stopped(4, "4.md")
    assert look(connector) == stopped(8, "8.md")
    # to the end, and what is gone goes though this look did not see all
    (place / "3.md").unlink()
    _put(place, 10)
    assert look(connector) == counted(added=2, removed=1)
    assert sorted(texts(dataset)) == [f"{number}.md" for number in range(10) if number != 3]

    monkeypatch.undo()
    report = look(Connector.objects.get(id=connector.id))
    assert (report["goes_on"], report["error"], len(texts(dataset))) == (None, None, 10)


def test_a_look_that_was_asked_for_is_finished_though_one_fails_in_between(
    cast: Cast, dataset: Dataset, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _put(place, *range(10))
    monkeypatch.setattr(looking, "BUDGET_S", -1.0)
    connector = connect(cast, dataset, "folder", path=str(place), recursive=True)

    def due() -> bool:
        return Connector.objects.get(id=connector.id).next_at is not None

    assert (connector.every_s, look(connector)["goes_on"], due()) == (None, "4.md", True)
    place.rename(place.with_name("away"))
    failed = look(connector)
    assert (failed["error"]["code"], failed["goes_on"], due()) == ("connector_folder_closed", "4.md", False)
    place.with_name("away").rename(place)
    assert (look(connector)["goes_on"], due()) == ("8.md", True)
    assert (look(connector)["goes_on"], due(), len(texts(dataset))) == (None, False, 10)


def test_sitemaps_have_their_time(monkeypatch: pytest.MonkeyPatch, dataset: Dataset) -> None:
    async def never(url: str) -> tuple[list[str], bool]:
        await asyncio.sleep(60)
        return [], False

    monkeypatch.setattr(url, "_LISTING_S", 0.05)
    monkeypatch.setattr(url, "_sitemap", never)
    source = url.Url(mode="sitemap", urls=["https://example.org/sitemap.xml"]).source(dataset.workspace_id)
    with pytest.raises(ConnectorError, match=r"The sitemaps took longer than 0\.05 seconds") as refused:
        source.listing()
    assert refused.value.code == "connector_unavailable"
