"""Schemas that only a few texts fit become a choice between those; every other schema stays one."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from inference.request import Grammar
from inference.server.enums import texts_of
from inference.server.protocol import ChatRequest
from inference.server.structured import MAX_CHOICES, grammar


def closed(inner: object, **more: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"kind": inner}, "required": ["kind"], "additionalProperties": False}
    return {**schema, **more}


@pytest.mark.parametrize(
    ("schema", "texts"),
    [
        ({"enum": ["退货", 'a "b"', "退货", 3, True, None]}, ('"退货"', '"a \\"b\\""', "3", "true", "null")),
        ({"type": "string", "enum": ["x"], "description": "What."}, ('"x"',)),
        ({"type": "integer", "enum": [1, 2]}, ("1", "2")),
        (closed({"type": "string", "enum": ["x", "y"], "title": "K"}, title="T"), ('{"kind": "x"}', '{"kind": "y"}')),
        (closed({"enum": ["x"]}, additionalProperties=True), ()),
        (closed({"enum": ["x"]}, required=[]), ()),
        (closed({"enum": ["x"]}, minProperties=1), ()),
        (closed({"type": "string"}), ()),
        (closed({"enum": ["x"], "pattern": "y"}), ()),
        (closed(True), ()),
        ({"type": "string", "enum": ["x", 1]}, ()),
        ({"type": "integer", "enum": [True]}, ()),
        ({"type": ["string", "null"], "enum": ["x"]}, ()),
        ({"enum": [1.0]}, ()),
        ({"enum": [["x"]]}, ()),
        ({"enum": []}, ()),
        ({"enum": "x"}, ()),
        ({"type": "object", "properties": {}}, ()),
        ({"type": "object", "properties": []}, ()),
        (True, ()),
    ],
)
def test_the_texts_of_an_enumeration_all_fit(schema: Any, texts: tuple[str, ...]) -> None:
    assert texts_of(schema) == texts
    for text in texts:
        jsonschema.validate(json.loads(text), schema)


def test_a_request_for_one_of_an_enumeration_is_a_choice() -> None:
    def asked(schema: dict[str, Any]) -> Grammar | None:
        wanted = {"type": "json_schema", "json_schema": {"name": "s", "schema": schema}}
        return grammar(ChatRequest(model="m", messages=[], response_format=wanted))

    many = {"enum": list(range(MAX_CHOICES + 1))}

    assert asked(closed({"enum": ["x", "y"]})) == Grammar("choice", options=('{"kind": "x"}', '{"kind": "y"}'))
    assert asked(many) == Grammar("json_schema", json.dumps(many, separators=(",", ":")))
