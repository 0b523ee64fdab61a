"""Metadata fields, values in many documents, and tags, over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from apps.knowledge.dataset_settings import change_settings
from apps.knowledge.models import Dataset, Document, MetadataField, Tag
from tests.cast import Cast
from tests.factories import make_dataset

FIELDS = [("author", "string"), ("year", "number"), ("2024", "time")]


@pytest.fixture
def shelf(cast: Cast, files: Path) -> Dataset:
    return make_dataset(cast.workspace, name="Shelf", created_by=cast.editor.user)


def add_fields(cast: Cast, dataset: Dataset) -> dict[str, str]:
    path = f"/datasets/{dataset.id}/metadata"
    return {
        name: cast.call("editor", "POST", path, {"name": name, "type": type_}).json()["id"] for name, type_ in FIELDS
    }


def add_document(dataset: Dataset, name: str, **metadata: Any) -> Document:
    return Document.objects.create(
        dataset=dataset, name=name, size_bytes=1, mime_type="text/plain", path="", sha256=name, metadata=metadata
    )


def set_values(cast: Cast, dataset: Dataset, *documents: dict[str, Any], who: str = "editor") -> Any:
    return cast.call(who, "POST", f"/datasets/{dataset.id}/metadata/values", {"documents": list(documents)})


def stored(dataset: Dataset) -> dict[str, Any]:
    return dict(Document.objects.filter(dataset=dataset).values_list("name", "metadata"))


def test_fields_are_listed_with_their_use(cast: Cast, shelf: Dataset) -> None:
    ids = add_fields(cast, shelf)
    add_document(shelf, "a", author="Ann")

    shown = cast.call("viewer", "GET", f"/datasets/{shelf.id}/metadata").json()

    assert shown["items"] == [
        {"id": ids[name], "name": name, "type": type_, "instruction": "", "document_count": int(name == "author")}
        for name, type_ in FIELDS
    ]
    assert [each["name"] for each in shown["built_in"]] == [
        "document_name",
        "uploader",
        "upload_date",
        "last_update_date",
        "source",
    ]
    assert shown["built_in_enabled"] is False
    on = cast.call("editor", "PUT", f"/datasets/{shelf.id}/metadata/built-in", {"enabled": True})
    assert on.json() == {"built_in_enabled": True}


def test_values_have_the_type_of_their_field(cast: Cast, shelf: Dataset) -> None:
    add_fields(cast, shelf)
    first, second = add_document(shelf, "first"), add_document(shelf, "second", author="Bo", year=1)
    before = Dataset.objects.get().revision

    done = set_values(
        cast,
        shelf,
        {"id": str(first.id), "values": {"author": "Ann", "year": 2020.5, "2024": "2026-01-31T00:00:00Z"}},
        {"id": str(second.id), "values": {"author": None}},
    )

    assert done.status_code == 200
    assert [each["metadata"] for each in done.json()["items"]] == [
        {"author": "Ann", "year": 2020.5, "2024": 1769817600.0},
        {"year": 1},
    ]
    assert Dataset.objects.get().revision > before
    replaced = {"id": str(second.id), "values": {"author": "Cy"}, "replace": True}
    assert set_values(cast, shelf, replaced).json()["items"][0]["metadata"] == {"author": "Cy"}


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"author": 7}, "metadata_value_invalid"),
        ({"year": "many"}, "metadata_value_invalid"),
        ({"year": True}, "metadata_value_invalid"),
        ({"2024": "soon"}, "metadata_value_invalid"),
        ({"unknown": "x"}, "metadata_field_unknown"),
        ({"document_name": "x"}, "metadata_field_unknown"),
    ],
)
def test_one_wrong_value_refuses_all(cast: Cast, shelf: Dataset, values: dict[str, Any], code: str) -> None:
    add_fields(cast, shelf)
    first, second = add_document(shelf, "first"), add_document(shelf, "second")

    refused = set_values(
        cast, shelf, {"id": str(first.id), "values": {"author": "Ann"}}, {"id": str(second.id), "values": values}
    )

    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert stored(shelf) == {"first": {}, "second": {}}


def test_another_datasets_document_is_not_there(cast: Cast, shelf: Dataset) -> None:
    add_fields(cast, shelf)
    other = add_document(make_dataset(cast.workspace), "other")

    assert set_values(cast, shelf, {"id": str(other.id), "values": {"author": "Ann"}}).status_code == 404
    assert Document.objects.get().metadata == {}


def test_a_new_name_takes_the_values_along_and_an_end_takes_them_away(cast: Cast, shelf: Dataset) -> None:
    ids = add_fields(cast, shelf)
    add_document(shelf, "first", **{"author": "Ann", "2024": 5})
    add_document(shelf, "second", year=3)
    elsewhere = add_document(make_dataset(cast.workspace), "elsewhere", author="Zoe")
    path = f"/datasets/{shelf.id}/metadata"

    renamed = cast.call("editor", "PATCH", f"{path}/{ids['author']}", {"name": "written by", "instruction": "Who?"})
    removed = cast.call("editor", "DELETE", f"{path}/{ids['2024']}")

    assert (renamed.json()["name"], renamed.json()["instruction"], removed.status_code) == ("written by", "Who?", 204)
    assert stored(shelf) == {"first": {"written by": "Ann"}, "second": {"year": 3}}
    assert Document.objects.get(id=elsewhere.id).metadata == {"author": "Zoe"}


@pytest.mark.parametrize(
    ("name", "code"), [("author", "name_taken"), ("source", "metadata_field_built_in"), ("  ", "invalid")]
)
def test_a_name_that_cannot_be(cast: Cast, shelf: Dataset, name: str, code: str) -> None:
    ids = add_fields(cast, shelf)
    add_document(shelf, "first", year=3)
    path = f"/datasets/{shelf.id}/metadata"

    made = cast.call("editor", "POST", path, {"name": name, "type": "string"})
    renamed = cast.call("editor", "PATCH", f"{path}/{ids['year']}", {"name": name})

    assert [(each.status_code, each.json()["code"]) for each in (made, renamed)] == [(422, code)] * 2
    assert (stored(shelf), MetadataField.objects.count()) == ({"first": {"year": 3}}, 3)


def test_the_commonest_values_of_a_field(cast: Cast, shelf: Dataset) -> None:
    ids = add_fields(cast, shelf)
    for name, value in (("a", "x"), ("b", "x"), ("c", "y")):
        add_document(shelf, name, **{"author": value, "2024": 5})
    path = f"/datasets/{shelf.id}/metadata"

    counts = {name: cast.call("viewer", "GET", f"{path}/{ids[name]}/values").json()["items"] for name, _ in FIELDS}

    assert counts == {
        "author": [{"value": "x", "document_count": 2}, {"value": "y", "document_count": 1}],
        "year": [],
        "2024": [{"value": 5, "document_count": 3}],
    }


def test_tags_are_kept_and_borne(cast: Cast, shelf: Dataset) -> None:
    hidden = make_dataset(cast.workspace, permission="only_me", created_by=cast.owner.user)
    made = [cast.call("editor", "POST", "/dataset-tags", {"name": name}).json() for name in ("law", "food")]
    ids = [each["id"] for each in made]
    cast.call("owner", "PUT", f"/datasets/{hidden.id}/tags", {"ids": ids})

    borne = cast.call("editor", "PUT", f"/datasets/{shelf.id}/tags", {"ids": ids[:1]})
    renamed = cast.call("editor", "PATCH", f"/dataset-tags/{ids[1]}", {"name": "meals"})
    taken = cast.call("editor", "POST", "/dataset-tags", {"name": "law"})

    assert [each["name"] for each in borne.json()["items"]] == ["law"]
    assert (renamed.json()["name"], taken.json()["code"]) == ("meals", "name_taken")
    counts = {
        each["name"]: each["dataset_count"] for each in cast.call("viewer", "GET", "/dataset-tags").json()["items"]
    }
    assert counts == {"law": 1, "meals": 0}  # the hidden dataset is not counted
    assert cast.call("stranger", "GET", "/dataset-tags").json() == {"items": []}
    assert cast.call("editor", "DELETE", f"/dataset-tags/{ids[0]}").status_code == 204
    assert cast.call("viewer", "GET", f"/datasets/{shelf.id}/tags").json() == {"items": []}
    assert cast.call("stranger", "DELETE", f"/dataset-tags/{ids[1]}").status_code == 404


@pytest.mark.parametrize(("who", "status"), [("viewer", 403), ("stranger", 404), ("nobody", 401)])
def test_who_may_not_write(cast: Cast, shelf: Dataset, who: str, status: int) -> None:
    ids = add_fields(cast, shelf)
    document = add_document(shelf, "first", year=3)
    tag = Tag.objects.create(workspace=cast.workspace, name="law")
    path = f"/datasets/{shelf.id}/metadata"

    answers = [
        cast.call(who, "POST", path, {"name": "new", "type": "string"}),
        cast.call(who, "PATCH", f"{path}/{ids['year']}", {"name": "changed"}),
        cast.call(who, "DELETE", f"{path}/{ids['year']}"),
        cast.call(who, "PUT", f"{path}/built-in", {"enabled": True}),
        set_values(cast, shelf, {"id": str(document.id), "values": {"year": 4}}, who=who),
        cast.call(who, "PUT", f"/datasets/{shelf.id}/tags", {"ids": [str(tag.id)]}),
        cast.call(who, "PATCH", f"/dataset-tags/{tag.id}", {"name": "changed"}),
    ]

    assert [answer.status_code for answer in answers] == [status] * len(answers)
    assert stored(shelf) == {"first": {"year": 3}}
    assert (MetadataField.objects.count(), Tag.objects.get().name, shelf.tags.count()) == (3, "law", 0)


def test_the_stored_filter_follows_a_new_name_and_keeps_its_field(cast: Cast, shelf: Dataset) -> None:
    ids = add_fields(cast, shelf)
    other = {"name": "year", "operator": ">", "value": 2000}
    change_settings(
        cast.editor,
        shelf.id,
        retrieval={"filter": {"conditions": [{"name": "author", "operator": "is", "value": "Ann"}, other]}},
    )
    path = f"/datasets/{shelf.id}/metadata/{ids['author']}"

    assert cast.call("editor", "PATCH", path, {"name": "writer"}).status_code == 200

    stored_filter = Dataset.objects.get(id=shelf.id).retrieval["filter"]
    assert stored_filter["conditions"] == [{"name": "writer", "operator": "is", "value": "Ann"}, other]
    add_document(shelf, "a", writer="Ann")
    before = (stored(shelf), MetadataField.objects.count())
    refused = cast.call("editor", "DELETE", path)
    assert (refused.status_code, refused.json()["code"]) == (409, "metadata_field_filtered")
    assert (stored(shelf), MetadataField.objects.count()) == before
    change_settings(cast.editor, shelf.id, retrieval={"filter": None})
    assert cast.call("editor", "DELETE", path).status_code == 204


@pytest.mark.parametrize("value", [10**400, -(10**400), 1e301])
def test_numbers_that_no_column_holds_are_refused(cast: Cast, shelf: Dataset, value: float) -> None:
    add_fields(cast, shelf)
    document = add_document(shelf, "a", year=1)

    for name in ("year", "2024"):
        refused = set_values(cast, shelf, {"id": str(document.id), "values": {name: value}})
        assert (refused.status_code, refused.json()["code"]) == (422, "metadata_value_invalid")
    assert stored(shelf) == {"a": {"year": 1}}
