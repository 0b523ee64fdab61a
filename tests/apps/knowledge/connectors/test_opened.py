"""Which folders of the machine a workspace's connectors may read: those that the operator opened to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from apps.accounts.models import Workspace
from apps.knowledge import services
from apps.knowledge.models import Connector, Dataset
from tests.apps.knowledge.connectors.looks import connect, counted, look, texts
from tests.cast import Cast
from tests.factories import make_dataset
from weft.http.errors import WeftError


@pytest.mark.parametrize("path", ["/etc", "{place}/../secret", "{place}/link", "relative"])
def test_only_what_the_operator_opened_may_be_read(
    cast: Cast, dataset: Dataset, place: Path, tmp_path: Path, path: str
) -> None:
    (tmp_path / "secret").mkdir()
    (place / "link").symlink_to(tmp_path / "secret")

    with pytest.raises(WeftError) as refused:
        connect(cast, dataset, "folder", path=path.format(place=place))

    assert (refused.value.code, refused.value.status) == ("connector_folder_closed", 422)
    assert not Connector.objects.exists()


def test_no_folder_is_open_at_first(cast: Cast, dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(WeftError, match=f"WEFT_CONNECTOR_FOLDERS={cast.workspace.id}=/one") as refused:
        connect(cast, dataset, "folder", path=str(tmp_path))
    assert refused.value.code == "connector_folders_none"


def test_a_folder_is_open_to_the_workspace_that_it_names(
    cast: Cast, dataset: Dataset, place: Path, settings: Settings
) -> None:
    (place / "a.md").write_text("First.")
    settings.CONNECTOR_FOLDERS = (f"{cast.workspace.id}={place}",)
    connector = connect(cast, dataset, "folder", path=str(place))
    assert look(connector) == counted(added=1)
    other = make_dataset(cast.stranger.workspace)

    with pytest.raises(WeftError) as refused:
        services.create_connector(cast.stranger, other.id, kind="folder", name="P", settings={"path": str(place)})
    assert refused.value.code == "connector_folders_none"
    assert str(place) not in refused.value.message

    # given to somebody else, nothing of it is read any more, and what was read stays
    settings.CONNECTOR_FOLDERS = (f"{cast.stranger.workspace_id}={place}",)
    (place / "b.md").write_text("Second.")
    report = look(connector)
    assert (report["error"]["code"], report["added"]) == ("connector_folders_none", 0)
    assert texts(dataset) == {"a.md": "First."}
    with pytest.raises(WeftError):
        services.update_connector(cast.owner, connector.id, settings={"path": str(place)})


def test_a_folder_that_names_no_workspace_is_open_while_there_is_one(
    cast: Cast, dataset: Dataset, place: Path, settings: Settings
) -> None:
    settings.CONNECTOR_FOLDERS = (str(place), "relative", f"nobody={place}", "")
    connector = Connector.objects.create(dataset=dataset, kind="folder", settings={"path": str(place)})

    assert look(connector)["error"]["code"] == "connector_folders_none"
    Workspace.objects.exclude(id=cast.workspace.id).delete()
    assert look(connector) == counted()


def test_what_turns_into_a_link_out_of_the_folder_is_not_read(
    cast: Cast, dataset: Dataset, place: Path, tmp_path: Path
) -> None:
    (place / "deep").mkdir()
    (place / "deep" / "a.md").write_text("Inside.")
    connector = connect(cast, dataset, "folder", path=str(place / "deep"))
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "a.md").write_text("Outside.")
    (place / "deep" / "a.md").unlink()
    (place / "deep").rmdir()
    (place / "deep").symlink_to(tmp_path / "secret")

    assert look(connector)["error"]["code"] == "connector_folder_closed"
    assert texts(dataset) == {}
