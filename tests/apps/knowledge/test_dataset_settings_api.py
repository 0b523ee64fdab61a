"""The settings of a dataset over HTTP, as its page shows and changes them; and the files that can become documents."""

from __future__ import annotations

import pytest

from apps.knowledge import processing
from apps.knowledge.models import Dataset
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def people_of(cast: Cast) -> list[dict[str, str]]:
    members = sorted(cast.workspace.memberships.select_related("user"), key=lambda each: (each.user.name, each.user.id))
    return [{"id": str(each.user.id), "name": each.user.name, "email": each.user.email} for each in members]


def test_settings_are_shown_with_every_default(cast: Cast, dataset: Dataset) -> None:
    shown = cast.call("viewer", "GET", f"/datasets/{dataset.id}/settings").json()

    assert shown == {
        "processing": processing.Processing().model_dump(mode="json"),
        "vector_store": "chroma",
        "api_enabled": True,
        "embedding": {"provider": "acme", "model": "fake-embedding"},
        "outdated": 0,
        "people": people_of(cast),
    }


def test_what_is_given_is_changed_and_the_rest_stays(cast: Cast, dataset: Dataset) -> None:
    chunker = {"mode": "fixed", "size": 600, "overlap": 50}
    changes = {"processing": {"chunker": chunker}, "api_enabled": False}

    changed = cast.call("editor", "PATCH", f"/datasets/{dataset.id}/settings", changes).json()

    assert (changed["processing"]["chunker"], changed["api_enabled"]) == (chunker, False)
    assert changed["processing"]["cleaning"] == processing.Cleaning().model_dump()


def test_what_cannot_be_is_refused_and_changes_nothing(cast: Cast, dataset: Dataset) -> None:
    changes = {"processing": {"chunker": {"mode": "fixed", "size": 1}}, "api_enabled": False}

    refused = cast.call("editor", "PATCH", f"/datasets/{dataset.id}/settings", changes)

    assert (refused.status_code, refused.json()["code"]) == (422, "processing_setting_invalid")
    dataset.refresh_from_db()
    assert (dataset.processing, dataset.api_enabled) == ({}, True)


def test_a_viewer_changes_nothing(cast: Cast, dataset: Dataset) -> None:
    assert cast.call("viewer", "PATCH", f"/datasets/{dataset.id}/settings", {"api_enabled": False}).status_code == 403
    assert cast.call("stranger", "GET", f"/datasets/{dataset.id}/settings").status_code == 404
    dataset.refresh_from_db()
    assert dataset.api_enabled


def test_the_formats_are_those_that_parsers_read(cast: Cast) -> None:
    extensions = cast.call("viewer", "GET", "/document-formats").json()["extensions"]

    assert {"pdf", "docx", "pptx", "xlsx", "csv", "epub", "eml", "md", "html", "json"} <= set(extensions)
