"""Who sees a dataset: its maker and admins always, the others as its permission says; what is hidden is 404."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from apps.accounts.models import Role
from apps.accounts.services import workspace_actor
from apps.knowledge import selectors
from apps.knowledge.models import Dataset, Document
from tests.cast import Cast
from tests.factories import make_actor, make_dataset


@pytest.fixture
def dataset(cast: Cast, files: Path) -> Dataset:
    """The editor's."""
    return make_dataset(cast.workspace, name="Plans", created_by=cast.editor.user)


def sees(cast: Cast, dataset: Dataset) -> set[str]:
    document = Document.objects.create(
        dataset=dataset, name="a.md", size_bytes=1, mime_type="text/plain", path="", sha256="a"
    )
    paths = [
        f"/datasets/{dataset.id}",
        f"/datasets/{dataset.id}/documents",
        f"/documents/{document.id}",
        f"/datasets/{dataset.id}/cases",
        f"/datasets/{dataset.id}/metadata",
        f"/datasets/{dataset.id}/access",
    ]
    seeing = set()
    for who in ("owner", "editor", "viewer", "stranger"):
        listed = cast.call(who, "GET", "/datasets").json()["items"]
        statuses = {cast.call(who, "GET", path).status_code for path in paths}
        assert statuses == ({200} if listed else {404})
        if listed:
            seeing.add(who)
    return seeing


def set_access(cast: Cast, who: str, dataset: Dataset, permission: str, members: list[str] | None = None) -> Any:
    body = {"permission": permission, **({} if members is None else {"members": members})}
    return cast.call(who, "PUT", f"/datasets/{dataset.id}/access", body)


def test_everybody_of_the_workspace_sees_a_dataset_for_all(cast: Cast, dataset: Dataset) -> None:
    assert sees(cast, dataset) == {"owner", "editor", "viewer"}


def test_a_dataset_of_ones_own_is_hidden_from_all_but_admins(cast: Cast, dataset: Dataset) -> None:
    set_access(cast, "editor", dataset, "only_me")

    assert sees(cast, dataset) == {"owner", "editor"}


def test_chosen_people_see_it_once(cast: Cast, dataset: Dataset) -> None:
    assert cast.viewer.user is not None
    other = make_actor(cast.workspace, Role.EDITOR)
    shown = set_access(cast, "editor", dataset, "some", [str(cast.viewer.user.id)])

    assert shown.json() == {
        "permission": "some",
        "members": [{"id": str(cast.viewer.user.id), "name": "Viewer", "email": "viewer@example.org"}],
        "may_change": True,
    }
    assert sees(cast, dataset) == {"owner", "editor", "viewer"}
    assert list(selectors.datasets_of(other)) == []
    assert len(selectors.datasets_of(cast.viewer)) == 1
    # the list waits while the dataset is for its maker alone
    set_access(cast, "editor", dataset, "only_me")
    assert list(selectors.datasets_of(cast.viewer)) == []
    assert cast.call("editor", "GET", f"/datasets/{dataset.id}/access").json()["members"] != []


def test_keys_and_apps_act_for_the_workspace(cast: Cast, dataset: Dataset) -> None:
    set_access(cast, "editor", dataset, "only_me")

    assert list(selectors.datasets_of(workspace_actor(cast.workspace, Role.VIEWER))) == [dataset]
    assert list(selectors.datasets_of_workspace(cast.workspace.id)) == [dataset]
    assert list(selectors.datasets_of(workspace_actor(cast.stranger.workspace))) == []


def test_an_editor_who_does_not_see_it_cannot_write_it(cast: Cast, dataset: Dataset) -> None:
    other = make_actor(cast.workspace, Role.EDITOR, email="other@example.org")
    set_access(cast, "editor", dataset, "only_me")
    assert other.user is not None
    client = cast.client("nobody")
    client.force_login(other.user, backend="django.contrib.auth.backends.ModelBackend")

    renamed = client.patch(f"/api/v1/datasets/{dataset.id}", {"name": "Mine"}, content_type="application/json")

    assert renamed.status_code == 404
    assert Dataset.objects.get().name == "Plans"


@pytest.mark.parametrize(
    ("who", "status"), [("owner", 200), ("editor", 200), ("viewer", 403), ("stranger", 404), ("nobody", 401)]
)
def test_who_may_choose_who_sees_it(cast: Cast, dataset: Dataset, who: str, status: int) -> None:
    assert set_access(cast, who, dataset, "only_me").status_code == status
    assert Dataset.objects.get().permission == ("only_me" if status == 200 else "all")


def test_an_editor_chooses_only_for_datasets_of_their_own(cast: Cast) -> None:
    dataset = make_dataset(cast.workspace, created_by=cast.owner.user)

    refused = set_access(cast, "editor", dataset, "only_me")

    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert cast.call("editor", "GET", f"/datasets/{dataset.id}/access").json()["may_change"] is False
    assert Dataset.objects.get().permission == "all"


def test_only_people_of_the_workspace_are_chosen(cast: Cast, dataset: Dataset) -> None:
    assert cast.stranger.user is not None
    refused = set_access(cast, "editor", dataset, "some", [str(cast.stranger.user.id)])

    assert (refused.status_code, refused.json()["code"]) == (422, "member_unknown")
    assert (Dataset.objects.get().permission, dataset.members.count()) == ("all", 0)
