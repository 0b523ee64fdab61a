"""Values as text, as Markdown, by path, and cleaned."""

from __future__ import annotations

from typing import Any

import pytest

from workflows.template import Ref, Template, split
from workflows.values import (
    MAX_DEPTH,
    MISSING,
    Dialect,
    TooDeepError,
    clean,
    dig,
    file_type,
    is_too_deep,
    parse_number,
    to_markdown,
    to_text,
)

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
        ([True, False], "[true, false]", "[True, False]"),
        ([1, 2.5], "[1, 2.5]", "[1, 2.5]"),
        (["it's", 1], '["it\'s", 1]', '["it\'s", 1]'),
        ([["a"], {}], '[["a"], {}]', "[['a'], {}]"),
        ({"a": [True, None], "b": 1.0}, '{"a": [true, null], "b": 1.0}', '{"a": [true, null], "b": 1.0}'),
        ("", "", ""),
        (0, "0", "0"),
        (False, "false", "False"),
        ({}, "{}", "{}"),
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
        ("**bold**", "dify", "**bold**"),
        (True, "dify", "True"),
        (True, "weft", "true"),
        (2.0, "dify", "2.0"),
        (MISSING, "dify", ""),
        ([], "dify", ""),
        (["a", "b"], "weft", "- a\n- b"),
        ([1, True], "dify", "- 1\n- True"),
        (["a", None, ["b"]], "dify", "- a\n- None\n- ['b']"),
        ({"a": ["ä"]}, "dify", '{\n  "a": [\n    "ä"\n  ]\n}'),
        ({**IMAGE, "type": "audio", "url": "", "remote_url": "https://x/z"}, "dify", "[y.png](https://x/z)"),
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


DIFY_FILE = {
    "dify_model_identity": "__dify__file__", "id": None, "type": "document", "transfer_method": "remote_url",
    "remote_url": "https://x/a.pdf", "reference": "r1", "filename": "a.pdf", "extension": ".pdf", "size": -1, "url": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("file", "key", "value"),
    [
        (IMAGE, "name", "y.png"),
        (IMAGE, "type", "image"),
        (IMAGE, "url", "https://x/y.png"),
        (IMAGE, "size", MISSING),
        (IMAGE, "colour", MISSING),
        (DIFY_FILE, "name", "a.pdf"),
        (DIFY_FILE, "url", "https://x/a.pdf"),
        (DIFY_FILE, "related_id", "r1"),
        (DIFY_FILE, "extension", ".pdf"),
        (DIFY_FILE, "size", -1),
        ({**DIFY_FILE, "reference": None, "tool_file_id": "t"}, "related_id", "t"),
        ({**DIFY_FILE, "reference": None}, "related_id", MISSING),
    ],
)
def test_attributes_of_files_by_path(file: dict[str, Any], key: str, value: Any) -> None:
    assert dig({"f": file}, ["f", key]) == value


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("12", 12), (" 1.5 ", 1.5), ("1e3", 1000.0), ("-0", 0), (True, 1), ("1_000", None), ("", None), ("x", None),
        ("nan", None), ("inf", None), ("9" * 5000, None), ([1], None), (None, None),
    ],
)  # fmt: skip
def test_numbers_in_texts(value: Any, number: Any) -> None:
    assert parse_number(value) == number


@pytest.mark.parametrize(("mime_type", "kind"), [("image/png", "image"), ("text/csv", "document"), ("", "document")])
def test_kinds_of_files(mime_type: str, kind: str) -> None:
    assert file_type(mime_type) == kind


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("value", [nested(MAX_DEPTH), {"a": nested(MAX_DEPTH - 1)}, [], "x", {}])
def test_a_value_may_be_this_deep(value: Any) -> None:
    assert clean(value) == value
    assert not is_too_deep(value)


@pytest.mark.parametrize("value", [nested(MAX_DEPTH + 1), {"a": nested(MAX_DEPTH)}, nested(600)])
def test_a_deeper_value_is_refused(value: Any) -> None:
    with pytest.raises(TooDeepError, match="more than 100 levels deep") as raised:
        clean(value)

    assert raised.value.code == "too_deep"
    assert is_too_deep(value)
