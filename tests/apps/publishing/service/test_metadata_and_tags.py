from __future__ import annotations

from typing import Any

import pytest

from apps.knowledge.models import Dataset, Document, MetadataField, Tag
from tests.apps.publishing.service.conftest import NOBODY, Api
from weft.db.aio import call_db


def base(dataset: Dataset) -> str:
    return f"/datasets/{dataset.pk}"


async def field(api: Api, dataset: Dataset, name: str, kind: str = "string") -> dict[str, Any]:
    answer = await api.call("POST", f"{base(dataset)}/metadata", {"type": kind, "name": name})
    assert answer.status_code == 201, answer.content
    made: dict[str, Any] = answer.json()
    return made


async def value(api: Api, dataset: Dataset, document: Document, *values: Any, **more: Any) -> Any:
    metadata = [{"id": each["id"], "name": each["name"], "value": given} for each, given in values]
    operation = {"document_id": str(document.pk), "metadata_list": metadata, **more}
    return await api.call("POST", f"{base(dataset)}/documents/metadata", {"operation_data": [operation]})


async def shown(api: Api, dataset: Dataset, document: Document) -> dict[str, Any]:
    found = await api.call("GET", f"{base(dataset)}/documents/{document.pk}?metadata=only")
    return {each["name"]: each["value"] for each in found.json()["doc_metadata"]}


async def test_fields_are_made_listed_renamed_and_deleted(api: Api, dataset: Dataset, document: Document) -> None:
    author = await field(api, dataset, "author")
    year = await field(api, dataset, "year", "number")

    assert author == {"id": author["id"], "type": "string", "name": "author"}
    assert (await value(api, dataset, document, (author, "Ann"))).json() == {"result": "success"}
    assert (await api.call("GET", f"{base(dataset)}/metadata")).json() == {
        "doc_metadata": [{**author, "count": 1}, {**year, "count": 0}],
        "built_in_field_enabled": False,
    }
    renamed = await api.call("PATCH", f"{base(dataset)}/metadata/{author['id']}", {"name": "writer"})
    assert renamed.json() == {**author, "name": "writer"}
    assert await shown(api, dataset, document) == {"writer": "Ann"}
    deleted = await api.call("DELETE", f"{base(dataset)}/metadata/{author['id']}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert await shown(api, dataset, document) == {}
    assert [each["name"] for each in (await api.call("GET", base(dataset))).json()["doc_metadata"]] == ["year"]


async def test_built_in_fields_are_switched_on(api: Api, dataset: Dataset, document: Document) -> None:
    names = ["document_name", "uploader", "upload_date", "last_update_date", "source"]

    fields = (await api.call("GET", f"{base(dataset)}/metadata/built-in")).json()["fields"]
    switched = await api.call("POST", f"{base(dataset)}/metadata/built-in/enable")
    on = await shown(api, dataset, document)
    await api.call("POST", f"{base(dataset)}/metadata/built-in/disable", {})

    assert [each["name"] for each in fields] == names
    assert {each["type"] for each in fields} == {"string", "time"}
    assert switched.json() == {"result": "success"}
    assert list(on) == names
    assert (on["document_name"], on["uploader"], on["source"]) == ("guide.md", "Owner", "text")
    assert isinstance(on["upload_date"], int)
    assert await shown(api, dataset, document) == {}
    wrong = await api.call("POST", f"{base(dataset)}/metadata/built-in/perhaps")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_action")


async def test_values_replace_the_others_unless_told_otherwise(api: Api, dataset: Dataset, document: Document) -> None:
    author, year, due = [
        await field(api, dataset, *each) for each in (("author",), ("year", "number"), ("due", "time"))
    ]

    await value(api, dataset, document, (author, "Ann"), (year, "2024"), (due, "2026-01-31"))
    assert await shown(api, dataset, document) == {"author": "Ann", "year": 2024, "due": 1769817600}
    await value(api, dataset, document, (year, 2.5), partial_update=True)
    assert await shown(api, dataset, document) == {"author": "Ann", "year": 2.5, "due": 1769817600}
    await value(api, dataset, document, (author, None), (due, ""), partial_update=True)
    assert await shown(api, dataset, document) == {"year": 2.5}
    await value(api, dataset, document, (author, "Bob"))
    assert await shown(api, dataset, document) == {"author": "Bob"}


def one(value: Any) -> dict[str, Any]:
    """A change of the document @; # is the field `year`."""
    return {"operation_data": [{"document_id": "@", "metadata_list": [value]}]}


SENSELESS_VALUES: list[Any] = [
    ({}, 400, "invalid_param"),
    ({"operation_data": []}, 400, "invalid_param"),
    ({"operation_data": ["x"]}, 400, "invalid_param"),
    ({"operation_data": [{"document_id": "x"}]}, 400, "invalid_param"),
    ({"operation_data": [{"document_id": NOBODY, "metadata_list": []}]}, 404, "not_found"),
    ({"operation_data": [{"document_id": "@", "metadata_list": ["x"]}]}, 400, "invalid_param"),
    (
        {"operation_data": [{"document_id": "@", "metadata_list": [{"id": NOBODY, "value": 1}]}]},
        400,
        "invalid_param",
    ),
    (
        {"operation_data": [{"document_id": "@", "metadata_list": [{"id": "#", "value": "x"}]}]},
        400,
        "invalid_param",
    ),
    (
        {
            "operation_data": [
                {"document_id": "@", "metadata_list": [{"id": "#", "value": 7}]},
                {"document_id": NOBODY, "metadata_list": []},
            ]
        },
        404,
        "not_found",
    ),
]


async def test_senseless_values_change_nothing(api: Api, dataset: Dataset, document: Document) -> None:
    year = await field(api, dataset, "year", "number")
    await value(api, dataset, document, (year, 2024))
    for body, status, code in SENSELESS_VALUES:
        for operation in body.get("operation_data", []):
            if isinstance(operation, dict) and operation["document_id"] == "@":
                operation["document_id"] = str(document.pk)
                for each in operation["metadata_list"]:
                    if isinstance(each, dict) and each["id"] == "#":
                        each["id"] = year["id"]

        answer = await api.call("POST", f"{base(dataset)}/documents/metadata", body)

        assert (answer.status_code, answer.json()["code"]) == (status, code), body
        assert await shown(api, dataset, document) == {"year": 2024}


SENSELESS_FIELDS: list[Any] = [
    {},
    {"name": "a"},
    {"type": "string"},
    {"type": "colour", "name": "a"},
    {"type": "string", "name": " "},
    {"type": "string", "name": "x" * 256},
    {"type": "string", "name": "document_name"},
    {"type": "number", "name": "author"},
]


async def test_a_senseless_field_is_refused(api: Api, dataset: Dataset) -> None:
    await field(api, dataset, "author")
    for body in SENSELESS_FIELDS:
        answer = await api.call("POST", f"{base(dataset)}/metadata", body)

        assert answer.status_code == 400
        assert await call_db(lambda: list(MetadataField.objects.values_list("name", "type"))) == [("author", "string")]


async def test_tags_are_made_listed_renamed_and_deleted(api: Api, dataset: Dataset) -> None:
    made = (await api.call("POST", "/datasets/tags", {"name": "Travel"})).json()

    assert made == {"id": made["id"], "name": "Travel", "type": "knowledge", "binding_count": "0"}
    changed = await api.call("PATCH", "/datasets/tags", {"tag_id": made["id"], "name": "Trips"})
    assert changed.json() == {**made, "name": "Trips"}
    bound = await api.call("POST", "/datasets/tags/binding", {"tag_ids": [made["id"]], "target_id": str(dataset.pk)})
    assert (bound.status_code, bound.content) == (204, b"")
    assert (await api.call("GET", "/datasets/tags")).json() == [{**made, "name": "Trips", "binding_count": "1"}]
    expected = {"data": [{"id": made["id"], "name": "Trips"}], "total": 1}
    assert [(await api.call(method, f"{base(dataset)}/tags")).json() for method in ("GET", "POST")] == [expected] * 2
    assert (await api.call("GET", base(dataset))).json()["tags"] == [
        {"id": made["id"], "name": "Trips", "type": "knowledge"}
    ]
    deleted = await api.call("DELETE", "/datasets/tags", {"tag_id": made["id"]})
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (await api.call("GET", "/datasets/tags")).json() == []
    assert (await api.call("GET", f"{base(dataset)}/tags")).json() == {"data": [], "total": 0}


@pytest.mark.parametrize("one", [True, False])
async def test_tags_are_unbound_one_by_one_or_together(api: Api, dataset: Dataset, one: bool) -> None:
    ids = [(await api.call("POST", "/datasets/tags", {"name": name})).json()["id"] for name in ("a", "b")]
    target = {"target_id": str(dataset.pk)}
    await api.call("POST", "/datasets/tags/binding", {"tag_ids": [*ids, ids[0]], **target})

    given = {"tag_id": ids[0]} if one else {"tag_ids": ids}
    answer = await api.call("POST", "/datasets/tags/unbinding", {**given, **target})

    assert answer.status_code == 204
    assert (await api.call("GET", f"{base(dataset)}/tags")).json()["total"] == (1 if one else 0)


async def test_senseless_tags_change_nothing(api: Api, dataset: Dataset) -> None:
    tag_id = (await api.call("POST", "/datasets/tags", {"name": "Travel"})).json()["id"]
    target = str(dataset.pk)
    asked = [
        ("POST", "", {}),
        ("POST", "", {"name": "x" * 51}),
        ("POST", "", {"name": "Travel"}),
        ("PATCH", "", {"name": "x"}),
        ("PATCH", "", {"name": "x", "tag_id": "y"}),
        ("DELETE", "", {}),
        ("POST", "/binding", {"tag_ids": [tag_id]}),
        ("POST", "/binding", {"tag_ids": [], "target_id": target}),
        ("POST", "/unbinding", {"target_id": target}),
    ]
    missing = [
        ("PATCH", "", {"name": "x", "tag_id": NOBODY}),
        ("DELETE", "", {"tag_id": NOBODY}),
        ("POST", "/binding", {"tag_ids": [tag_id], "target_id": NOBODY}),
        ("POST", "/binding", {"tag_ids": [tag_id, NOBODY], "target_id": target}),
    ]

    bad = [(await api.call(method, f"/datasets/tags{end}", body)).json()["code"] for method, end, body in asked]
    gone = [(await api.call(method, f"/datasets/tags{end}", body)).json()["code"] for method, end, body in missing]

    assert bad == ["invalid_param"] * len(asked)
    assert gone == ["not_found"] * len(missing)
    assert await call_db(lambda: [(tag.name, tag.datasets.count()) for tag in Tag.objects.all()]) == [("Travel", 0)]
