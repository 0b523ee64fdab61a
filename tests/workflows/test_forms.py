"""Forms: what a submission may hold, refused field by field."""

from __future__ import annotations

from typing import Any

import pytest

from workflows.forms import check_submission, fill_in, places, read_submission, submission
from workflows.ports import Signal

PDF = {"type": "document", "transfer_method": "local_file", "filename": "a.pdf"}
FORM: dict[str, Any] = {
    "fields": [
        {"name": "note", "type": "paragraph", "label": "Note", "required": True, "max_length": 5},
        {"name": "level", "type": "select", "options": ["low", "high"]},
        {"name": "amount", "type": "number"},
        {"name": "proof", "type": "file", "file_types": ["document"]},
        {"name": "more", "type": "file-list", "max_files": 2},
    ],
    "actions": [{"id": "approve", "title": "Approve"}, {"id": "reject", "title": "Reject"}],
}


def test_a_good_submission_has_every_field() -> None:
    given = {"note": "fine", "level": "low", "amount": "4.5", "proof": PDF, "more": [PDF]}

    assert check_submission(FORM, given, "approve") == []
    assert read_submission(FORM, given, "approve") == {**given, "amount": 4.5}
    assert read_submission(FORM, {"note": 5}, "reject") == {
        "note": "5", "level": "", "amount": None, "proof": None, "more": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "action", "expected"),
    [
        ({}, "maybe", [("action_unknown", "action")]),
        ({}, None, [("action_unknown", "action")]),
        ({"note": ""}, "approve", [("field_required", "note")]),
        ({"note": "longer"}, "approve", [("field_too_long", "note")]),
        ({"note": {"a": 1}}, "approve", [("field_invalid", "note")]),
        ({"level": "mid"}, "approve", [("field_invalid", "level")]),
        ({"level": ["low"]}, "approve", [("field_invalid", "level")]),
        ({"amount": "much"}, "approve", [("field_invalid", "amount")]),
        ({"amount": True}, "approve", [("field_invalid", "amount")]),
        ({"amount": "9" * 5000}, "approve", [("field_invalid", "amount")]),
        ({"proof": "a.pdf"}, "approve", [("field_invalid", "proof")]),
        ({"proof": {**PDF, "type": "image"}}, "approve", [("field_invalid", "proof")]),
        ({"more": [PDF] * 3}, "approve", [("field_invalid", "more")]),
        ({"more": [PDF, 1]}, "approve", [("field_invalid", "more")]),
        ({"else": 1}, "approve", [("field_unknown", "else")]),
        ({"note": None, "amount": "x"}, "", [("action_unknown", "action"), ("field_required", "note"),
                                             ("field_invalid", "amount")]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_field_by_field(change: dict[str, Any], action: Any, expected: list[Any]) -> None:
    given = {"note": "fine", **change}

    faults = check_submission(FORM, given, action)

    assert [(fault.code, fault.field) for fault in faults] == expected
    with pytest.raises(ValueError, match=r"\."):
        read_submission(FORM, given, action)


def test_messages_name_the_label() -> None:
    [fault] = check_submission(FORM, {}, "approve")
    assert fault.message == "Note: This is required."


@pytest.mark.parametrize("data", [None, [], "x", 5])
def test_a_submission_is_an_object(data: Any) -> None:
    assert [fault.code for fault in check_submission(FORM, data, "approve")] == ["submission_invalid"]


def test_content_shows_what_was_filled_in() -> None:
    content = "A {{#$output.note#}} B {{# $outputs.files #}} C {{#$output.none#}}{{#other.x#}}"

    assert list(places(content)) == ["note", "files", "none"]
    assert fill_in(content, {"note": "fine", "files": ["a"]}) == "A fine B - a C {{#other.x#}}"


def test_a_submission_is_a_signal() -> None:
    signal = submission("ask:1", {"note": "x"}, "approve", by="ada")

    expected = {"action": "approve", "values": {"note": "x"}}
    assert signal == Signal(key="ask:1", type="submitted", data=expected, by="ada")
