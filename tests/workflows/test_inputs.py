"""What a run is given, against what its start declares."""

from __future__ import annotations

from typing import Any

import pytest

from workflows.inputs import InputError, accept_inputs
from workflows.nodes.start import Variable

PDF = {"type": "document", "transfer_method": "local_file", "related_id": "1", "filename": "a.PDF"}
PNG = {"type": "image", "transfer_method": "remote_url", "url": "https://x/b.png", "filename": "b.png"}
SCHEMA = {"type": "object", "required": ["a"], "properties": {"a": {"type": "number"}}}


def variable(type: str, **extra: Any) -> Variable:
    return Variable.model_validate({"name": "v", "type": type, **extra})


@pytest.mark.parametrize(
    ("type", "extra", "given", "value"),
    [
        ("text", {}, "x", "x"),
        ("text", {}, 5, "5"),
        ("text", {}, None, ""),
        ("text", {"default": "d"}, "", "d"),
        ("text", {"max_length": 2}, "中文", "中文"),
        ("paragraph", {}, "a\nb", "a\nb"),
        ("number", {}, "4", 4),
        ("number", {}, " 4.5 ", 4.5),
        ("number", {}, None, None),
        ("number", {"required": True}, 0, 0),
        ("number", {"default": "7"}, None, 7),
        ("checkbox", {}, "true", True),
        ("checkbox", {"required": True}, False, False),
        ("checkbox", {}, None, False),
        ("select", {"options": ["a", "b"]}, "b", "b"),
        ("select", {"options": ["1"]}, 1, "1"),
        ("json", {}, '{"a": 1}', {"a": 1}),
        ("json", {}, [1], [1]),
        ("json", {"json_schema": SCHEMA}, '{"a": 1}', {"a": 1}),
        ("file", {}, PDF, PDF),
        ("file", {}, [PDF], PDF),
        ("file", {}, None, None),
        ("file", {"allowed_file_types": ["document"]}, PDF, PDF),
        ("file", {"allowed_file_types": ["custom"], "allowed_file_extensions": [".pdf"]}, PDF, PDF),
        ("file", {"allowed_file_types": ["image", "custom"], "allowed_file_extensions": ["PDF"]}, PDF, PDF),
        ("file", {"allowed_file_extensions": ["png"]}, PNG, PNG),
        ("file", {"allowed_file_upload_methods": ["remote_url"]}, PNG, PNG),
        ("file-list", {}, None, []),
        ("file-list", {}, PDF, [PDF]),
        ("file-list", {"max_length": 2}, [PDF, PNG], [PDF, PNG]),
    ],
)
def test_a_value_that_fits(type: str, extra: dict[str, Any], given: Any, value: Any) -> None:
    accepted = accept_inputs([variable(type, **extra)], {"v": given, "other": 1})
    assert accepted == {"v": value}


@pytest.mark.parametrize(
    ("type", "extra", "given", "message"),
    [
        ("text", {"required": True}, "", "The input 'v' is required."),
        ("text", {"max_length": 2}, "abc", "The input 'v' is longer than 2 characters."),
        ("text", {}, {"a": 1}, "The input 'v' must be text."),
        ("number", {}, "four", "The input 'v' must be a number."),
        ("number", {}, True, "The input 'v' must be a number."),
        ("number", {}, "NaN", "The input 'v' must be a number."),
        ("checkbox", {}, "perhaps", "The input 'v' must be true or false."),
        ("select", {"options": ["a", "b"]}, "c", "The input 'v' must be one of: a, b."),
        ("select", {"options": ["a"], "default": "z"}, None, "The input 'v' must be one of: a."),
        ("json", {}, "{", "The input 'v' must be JSON."),
        ("json", {}, "[" * 100_000, "The input 'v' must be JSON."),
        ("json", {"json_schema": SCHEMA}, {"a": "x"}, "The input 'v'.a: 'x' is not of type 'number'."),
        ("file", {}, "path", "The input 'v' must be a file."),
        ("file", {"required": True}, None, "The input 'v' is required."),
        ("file", {"allowed_file_types": ["image"]}, PDF, "The input 'v' takes only images, not a.PDF."),
        ("file", {"allowed_file_types": ["image", "audio", "custom"], "allowed_file_extensions": ["txt"]}, PDF,
         "The input 'v' takes only images, audio, .txt, not a.PDF."),
        ("file", {"allowed_file_types": ["custom"]}, PDF, "The input 'v' takes only nothing, not a.PDF."),
        ("file", {"allowed_file_upload_methods": ["local_file"]}, PNG, "The input 'v' takes only uploaded files."),
        ("file-list", {"max_length": 1}, [PDF, PNG], "The input 'v' takes at most 1 files."),
        ("file-list", {"allowed_file_types": ["image"]}, [PNG, PDF], "The input 'v' takes only images, not a.PDF."),
        ("file-list", {"required": True}, [], "The input 'v' is required."),
    ],
)  # fmt: skip
def test_a_value_that_does_not(type: str, extra: dict[str, Any], given: Any, message: str) -> None:
    with pytest.raises(InputError) as refused:
        accept_inputs([variable(type, **extra)], {"v": given})
    assert (refused.value.code, refused.value.field, refused.value.problems) == ("input_invalid", "v", {"v": message})


def test_every_wrong_input_is_named() -> None:
    variables = [Variable(name="a", type="number"), Variable(name="b", required=True), Variable(name="c")]
    with pytest.raises(InputError) as refused:
        accept_inputs(variables, {"a": "x", "c": "fine"})
    assert refused.value.problems == {"a": "The input 'a' must be a number.", "b": "The input 'b' is required."}
    assert refused.value.message == "The input 'a' must be a number. The input 'b' is required."


def test_numbers_that_json_cannot_hold_become_null() -> None:
    values = accept_inputs([variable("json")], {"v": '{"a": [NaN, Infinity, 1e999, 1.5]}'})

    assert values == {"v": {"a": [None, None, None, 1.5]}}


def test_json_nested_too_deeply_is_refused() -> None:
    with pytest.raises(InputError, match="'v' is nested more than 100 levels deep") as raised:
        accept_inputs([variable("json")], {"v": "[" * 600 + "]" * 600})

    assert list(raised.value.problems) == ["v"]
