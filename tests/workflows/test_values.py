"""Values as text, as Markdown, by path, and cleaned."""

from __future__ import annotations

from typing import Any

import pytest

from workflows.template import Ref, Template, split
from workflows.values import MISSING, Dialect, clean, dig, to_markdown, to_text

IMAGE = {"type": "image", "transfer_method": "remote_url", "url": "https://x/y.png", "filename": "y.png"}


@pytest.mark.parametrize(
    ("value", "weft", "dify"),
    [
        ("text", "text", "text"),
        (1.5, "1.5", "1.5"),
        (True, "true", "True"),
        (None, "", ""),
        (MISSING, "", ""),
        ({"a": "ä"}, '{"a": "ä"}', '{"a": "ä"}'),
        (["a", "ä"], '["a", "ä"]', '["a", "ä"]'),
        ([{"a": True}], '[{"a": true}]', "[{'a': True}]"),
        ([1, None], "[1, null]", "[1, None]"),
        ([], "", ""),
        (IMAGE, "", ""),
        ([IMAGE], "", ""),
    ],
)
def test_text(value: Any, weft: str, dify: str) -> None:
    assert (to_text(value), to_text(value, "dify")) == (weft, dify)


@pytest.mark.parametrize(
    ("value", "dialect", "expected"),
    [
        (["a", "b"], "weft", "- a\n- b"),
        ([{"a": 1}], "dify", "- {'a': 1}"),
        ([{"a": 1}], "weft", '- {"a": 1}'),
        ({"a": 1}, "weft", '{\n  "a": 1\n}'),
        (IMAGE, "weft", "![y.png](https://x/y.png)"),
        ([IMAGE, {**IMAGE, "type": "document"}], "weft", "![y.png](https://x/y.png)\n[y.png](https://x/y.png)"),
        (None, "weft", ""),
    ],
)
def test_markdown(value: Any, dialect: Dialect, expected: str) -> None:
    assert to_markdown(value, dialect) == expected


def test_a_path_goes_through_objects_and_file_attributes() -> None:
    assert dig({"a": {"b": 1}}, ["a", "b"]) == 1
    assert dig({"a": None}, ["a"]) is None
    assert dig({"a": {}}, ["a", "b"]) is MISSING
    assert dig([1], ["0"]) is MISSING
    assert dig(IMAGE, ["name"]) == "y.png"


def test_a_template_keeps_what_is_no_reference() -> None:
    def resolve(selector: list[str]) -> Ref:
        return Ref(0, selector)

    template = Template(split("a {{#n.x#}} {{ #n.x# }} {{#n.x.y#}}{{#}} }}", resolve))

    assert template.render([{"x": {"y": 1}}]) == 'a {"y": 1} {{ #n.x# }} 1{{#}} }}'
    assert template.render([None]) == "a  {{ #n.x# }} {{#}} }}"


def test_cleaning_takes_out_what_no_store_takes() -> None:
    dirty = {"a\0": ["x\0y", float("nan"), "\ud83d", "ok 😀", (1, 2)], 3: {4}}

    assert clean(dirty) == {"a": ["xy", None, "\ufffd", "ok 😀", [1, 2]], "3": [4]}
