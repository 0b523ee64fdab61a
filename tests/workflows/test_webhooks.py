"""Webhooks: what a request must bring, and the inputs made of it."""

from __future__ import annotations

from typing import Any

import pytest

from workflows.webhooks import WebhookConfig, WebhookRequest, convert, read_webhook

FILE = {"type": "document", "transfer_method": "local_file", "filename": "a.txt"}


def config(**given: Any) -> WebhookConfig:
    return WebhookConfig.model_validate(given)


def request(body: bytes = b"", **given: Any) -> WebhookRequest:
    return WebhookRequest(**{"method": "POST", "content_type": "application/json", "body": body, **given})


def test_a_json_request_becomes_inputs() -> None:
    wanted = config(
        headers=[{"name": "X-Id", "required": True}],
        params=[{"name": "page", "type": "number"}, {"name": "tag", "type": "array[string]"}, {"name": "none"}],
        body=[{"name": "user", "type": "object", "required": True}, {"name": "on", "type": "boolean"}],
    )
    came = request(
        b'{"user": {"name": "Ada"}, "on": "yes", "more": 1}',
        headers={"x-id": "7", "Host": "h"},
        params={"page": "2", "tag": ["a", "b"]},
        content_type="application/json; charset=utf-8",
    )

    inputs, faults = read_webhook(wanted, came)

    assert faults == []
    assert inputs == {
        "X_Id": "7",
        "page": 2,
        "tag": ["a", "b"],
        "none": "",
        "user": {"name": "Ada"},
        "on": True,
        "_webhook_raw": {
            "method": "POST",
            "headers": {"x-id": "7", "Host": "h"},
            "query_params": {"page": "2", "tag": ["a", "b"]},
            "body": {"user": {"name": "Ada"}, "on": "yes", "more": 1},
            "files": {},
        },
    }


def test_forms_texts_and_files() -> None:
    form = config(content_type="multipart/form-data", body=[{"name": "who"}, {"name": "cv", "type": "file"}])
    text = config(content_type="text/plain", body=[{"name": "said"}])
    binary = config(content_type="application/octet-stream", body=[{"name": "it", "type": "file", "required": True}])

    took, _ = read_webhook(form, request(content_type=form.content_type, form={"who": ["Ada"]}, files={"cv": FILE}))
    said, _ = read_webhook(text, request("hé".encode(), content_type="text/plain"))
    got, _ = read_webhook(binary, request(content_type=binary.content_type, files={"raw": FILE}))

    assert (took["who"], took["cv"], said["said"], got["it"]) == ("Ada", FILE, "hé", FILE)


@pytest.mark.parametrize(
    ("given", "came", "faults"),
    [
        ({}, request(method="GET"), [("webhook_method", "method")]),
        ({}, request(b"x", content_type="text/plain"), [("webhook_content_type", "content_type")]),
        ({}, request(b"x", content_type=""), [("webhook_content_type", "content_type")]),
        ({}, request(b"{"), [("webhook_body_invalid", "body")]),
        ({}, request(b"[" * 100_000), [("webhook_body_invalid", "body")]),
        ({}, request(b"[" * 700 + b"]" * 700), [("webhook_body_invalid", "body")]),
        ({}, request(b"\xff"), [("webhook_body_invalid", "body")]),
        (
            {"params": [{"name": "n", "type": "number"}], "body": [{"name": "o", "required": True}]},
            request(b"[1]", params={"n": "x"}),
            [("parameter_invalid", "params.n"), ("parameter_required", "body.o")],
        ),
    ],
)
def test_what_a_request_lacks_is_named_and_starts_nothing(
    given: dict[str, Any], came: WebhookRequest, faults: list[tuple[str, str]]
) -> None:
    inputs, found = read_webhook(config(**given), came)

    assert inputs == {}
    assert [(fault.code, fault.field) for fault in found] == faults


def test_a_get_request_has_no_body_and_no_type() -> None:
    assert read_webhook(config(method="GET"), WebhookRequest(method="get", content_type="text/html"))[1] == []


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (5, "string", "5"),
        (True, "string", "true"),
        ("1.5", "number", 1.5),
        (["3"], "number", 3),
        (0, "boolean", False),
        ('{"a": 1}', "object", {"a": 1}),
        ("[1, 2]", "array", [1, 2]),
        ("a", "array", ["a"]),
        (["1", 2], "array[number]", [1, 2]),
        (FILE, "file", FILE),
    ],
)
def test_values_are_read_as_their_type(value: Any, kind: Any, expected: Any) -> None:
    assert convert(value, kind) == expected


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({}, "string"), ("x", "number"), (True, "number"), (float("inf"), "number"),
        ("maybe", "boolean"), ("[]", "object"), ([1, 2], "object"),
        (["x"], "array[number]"), ("x", "file"), ({"a": 1}, "file"), ("[" * 5000, "object"),
    ],
)  # fmt: skip
def test_values_of_another_type_are_refused(value: Any, kind: Any) -> None:
    with pytest.raises(ValueError, match=r"^must be "):
        convert(value, kind)
