"""The HTTP request node: how a request is put together, and what becomes of the answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.workflows.builders import document, node
from workflows import Ports
from workflows.errors import HttpError
from workflows.events import Event, NodeFailed, NodeFinished, RunFailed, RunFinished
from workflows.ports import HttpRequest, HttpResponse
from workflows.testing import FakeHttp, MemoryFiles, run_to_events

VARIABLES = [{"name": "q", "type": "paragraph"}, {"name": "j", "type": "json"}]
LIMIT = 10 * 1024 * 1024


def http(**config: Any) -> dict[str, Any]:
    policy, dialect = config.pop("policy", None), config.pop("dialect", "weft")
    rows = [{"name": name, "selector": ["h", name]} for name in ("status_code", "body", "files")]
    request = node("h", "http-request", {"url": "https://x.example/a?b=1", **config}, policy)
    return document(
        node("start", config={"variables": VARIABLES}), request, node("end", config={"outputs": rows}),
        edges=["start>h>end"], dialect=dialect,
    )  # fmt: skip


async def sent(
    definition: dict[str, Any], q: str = "v", j: Any = None, files: MemoryFiles | None = None
) -> HttpRequest:
    fake = FakeHttp()
    events = await run_to_events(definition, {"q": q, "j": j}, Ports(http=fake, files=files))
    assert isinstance(events[-1], RunFinished), events[-1]
    return fake.requests[0]


def fault(events: list[Event]) -> tuple[str, str | None]:
    last = events[-1]
    assert isinstance(last, RunFailed), last
    return last.error.code, last.error.field


async def answered(response: HttpResponse | Exception, **config: Any) -> tuple[list[Event], MemoryFiles]:
    files = MemoryFiles()
    return await run_to_events(http(**config), {}, Ports(http=FakeHttp(response), files=files)), files


def response(body: bytes, content_type: str = "", status: int = 200, **headers: str) -> HttpResponse:
    pairs = [("Content-Type", content_type)] if content_type else []
    pairs += [(key.replace("_", "-"), value) for key, value in headers.items()]
    return HttpResponse(status=status, headers=pairs, body=body, url="https://x.example/a/b%20c")


async def test_a_request_is_put_together() -> None:
    config = {
        "method": "POST", "params": [{"key": "c", "value": "{{#start.q#}}"}, {"key": "", "value": "x"}],
        "headers": [{"key": "X-A", "value": "{{#start.q#}}"}], "auth": {"type": "basic", "value": "u:p"},
        "body": {"type": "json", "text": '{"q": "{{#start.q#}}"}'}, "timeout_s": 7, "verify_ssl": False,
        "timeouts": {"connect_s": 1, "read_s": 2, "write_s": 3}, "max_file_mb": 2,
    }  # fmt: skip

    request = await sent(http(**config), 'say "hi"\n')

    assert request == HttpRequest(
        method="POST",
        url="https://x.example/a?b=1&c=say+%22hi%22",
        headers=[("X-A", 'say "hi"'), ("Authorization", "Basic dTpw"), ("Content-Type", "application/json")],
        secret_headers=("Authorization",),
        body=b'{"q": "say \\"hi\\"\\n"}',
        timeout_s=7,
        connect_s=1,
        read_s=2,
        write_s=3,
        verify_ssl=False,
        max_bytes=2 * 1024 * 1024,
    )


async def test_the_least_request() -> None:
    request = await sent(http())
    assert request == HttpRequest(method="GET", url="https://x.example/a?b=1", max_bytes=LIMIT)


@pytest.mark.parametrize(
    ("auth", "header"),
    [
        ({"type": "none", "value": "k"}, None),
        ({"type": "bearer", "value": "{{#start.q#}}"}, ("Authorization", "Bearer v")),
        ({"type": "basic", "value": "{{#start.q#}}:p"}, ("Authorization", "Basic djpw")),
        ({"type": "basic", "value": "djpw"}, ("Authorization", "Basic djpw")),
        ({"type": "custom", "value": "{{#start.q#}}", "header": "X-Key"}, ("X-Key", "v")),
        ({"type": "custom", "value": "v", "header": ""}, ("Authorization", "v")),
    ],
)
async def test_auth(auth: dict[str, Any], header: tuple[str, str] | None) -> None:
    request = await sent(http(auth=auth, headers=[{"key": "authorization", "value": "mine"}]))

    kept = [("authorization", "mine")] if header is None or header[0] == "X-Key" else []
    assert request.headers == kept + ([header] if header else [])


@pytest.mark.parametrize(
    ("rows", "q", "headers"),
    [
        ([("{{#start.q#}}", "")], "A: 1\nB:2:3\n\nnothing", [("A", "1"), ("B", "2:3"), ("nothing", "")]),
        ([("X-{{#start.q#}}", "1")], "Y", [("X-Y", "1")]),
        ([("A", "1"), ("A", "2"), ("", "3")], "", [("A", "1"), ("A", "2")]),
        ([("Content-Length", "5"), ("Transfer-Encoding", "chunked"), ("Host", "h")], "", [("Host", "h")]),
    ],
)
async def test_headers(rows: list[tuple[str, str]], q: str, headers: list[tuple[str, str]]) -> None:
    assert (await sent(http(headers=[{"key": k, "value": v} for k, v in rows]), q)).headers == headers


async def test_params_may_repeat_and_be_empty() -> None:
    params = [{"key": "a", "value": "1"}, {"key": "a", "value": ""}, {"key": "ä", "value": "{{#start.q#}}"}]
    assert (await sent(http(params=params), "x&y")).url == "https://x.example/a?b=1&a=1&a=&%C3%A4=x%26y"


@pytest.mark.parametrize(
    ("body", "content_type", "data"),
    [
        ({"type": "raw-text", "text": "{{#start.q#}}!"}, "text/plain; charset=utf-8", b"v!"),
        ({"type": "x-www-form-urlencoded", "fields": [{"key": "a", "value": "{{#start.q#}} &"}]},
         "application/x-www-form-urlencoded", b"a=v+%26"),
        ({"type": "none", "text": "x"}, None, None),
        ({"type": "json", "text": " "}, "application/json", b""),
    ],
)  # fmt: skip
async def test_a_body_has_its_content_type(body: dict[str, Any], content_type: str | None, data: bytes | None) -> None:
    request = await sent(http(method="POST", body=body))

    assert (dict(request.headers).get("Content-Type"), request.body) == (content_type, data)


async def test_the_author_may_name_the_content_type() -> None:
    headers = [{"key": "content-type", "value": "application/ld+json"}]
    request = await sent(http(method="POST", headers=headers, body={"type": "json", "text": "{}"}))
    assert request.headers == [("content-type", "application/ld+json")]


@pytest.mark.parametrize("dialect", ["weft", "dify"])
@pytest.mark.parametrize(
    ("text", "q", "j", "value"),
    [
        ('{"a": "{{#start.q#}}"}', 'line\n"quoted" \\ back', None, {"a": 'line\n"quoted" \\ back'}),
        ('{"a": {{#start.j#}}}', "", {"b": [True, None, "ä"]}, {"a": {"b": [True, None, "ä"]}}),
        ('{"a": {{#start.j#}}}', "", [{"b": True}], {"a": [{"b": True}]}),
        ('{"a": {{#start.j#}}}', "", False, {"a": False}),
        ('{"a": {{#start.j#}}}', "", None, {"a": None}),
        ("{{#start.j#}}", "", ["x"], ["x"]),
        ("{{#start.q#}}", '{"a": 1}', None, {"a": 1}),
        ("{'a': 'b', c: 1,}", "", None, {"a": "b", "c": 1}),
        ('{"a": {{#start.q#}}}', "bare words", None, {"a": "bare words"}),
    ],
)
async def test_json_is_made_to_fit(text: str, q: str, j: Any, value: Any, dialect: str) -> None:
    request = await sent(http(method="POST", body={"type": "json", "text": text}, dialect=dialect), q, j)

    assert json.loads(request.body or b"") == value


async def test_a_form_carries_texts_and_files() -> None:
    files = MemoryFiles()
    given = [files.add(b"\x00\x01", 'a "1".bin'), files.add(b"text", "b.txt")]
    fields = [
        {"key": "a", "value": "{{#start.q#}}"},
        {"key": "f", "type": "file", "selector": ["start", "j"]},
        {"key": "", "value": "left out"},
    ]

    request = await sent(http(method="POST", body={"type": "form-data", "fields": fields}), "1", given, files)

    boundary = dict(request.headers)["Content-Type"].partition("boundary=")[2].encode()
    head = b"Content-Disposition: form-data; name="
    assert request.body == b"".join(
        [
            b"--", boundary, b"\r\n", head, b'"a"\r\n\r\n1\r\n',
            b"--", boundary, b"\r\n", head, b'"f"; filename="a %221%22.bin"\r\n',
            b"Content-Type: application/octet-stream\r\n\r\n\x00\x01\r\n",
            b"--", boundary, b"\r\n", head, b'"f"; filename="b.txt"\r\nContent-Type: text/plain\r\n\r\ntext\r\n',
            b"--", boundary, b"--\r\n",
        ]
    )  # fmt: skip


async def test_a_file_may_be_the_body() -> None:
    files = MemoryFiles()
    file = files.add(b"%PDF", "a.pdf")
    request = await sent(http(method="PUT", body={"type": "binary", "file": ["start", "j"]}), "", file, files)
    assert (request.headers, request.body) == ([("Content-Type", "application/pdf")], b"%PDF")


@pytest.mark.parametrize(
    ("config", "j", "code"),
    [
        ({"url": ""}, None, "url_invalid"),
        ({"url": "file:///etc/passwd"}, None, "url_invalid"),
        ({"url": "http://"}, None, "url_invalid"),
        ({"url": "http://[bad"}, None, "url_invalid"),
        ({"headers": [{"key": "a", "value": "x\r\nHost: evil"}]}, None, "header_invalid"),
        ({"headers": [{"key": "a b", "value": "x"}]}, None, "header_invalid"),
        ({"method": "POST", "body": {"type": "json", "text": "{"}}, None, "body_not_json"),
        ({"method": "POST", "body": {"type": "json", "text": "just words"}}, None, "body_not_json"),
        ({"method": "POST", "body": {"type": "binary", "file": ["start", "j"]}}, None, "file_missing"),
        ({"method": "POST", "body": {"type": "binary", "file": ["start", "j"]}}, {"a": 1}, "file_invalid"),
        ({"method": "POST", "body": {"type": "binary", "file": ["start", "j"]}},
         {"type": "image", "transfer_method": "local_file", "related_id": "gone"}, "file_unreadable"),
    ],
)  # fmt: skip
async def test_a_wrong_request_is_never_sent(config: dict[str, Any], j: Any, code: str) -> None:
    fake = FakeHttp()

    # Without the empty URL's fault, which is one of the definition.
    definition = http(**config, dialect="dify" if config.get("url") == "" else "weft")
    events = await run_to_events(definition, {"q": "v", "j": j}, Ports(http=fake, files=MemoryFiles()))

    assert fault(events)[0] == code
    assert fake.requests == []


async def test_a_refusal_is_a_result_unless_failures_are_handled() -> None:
    oops = response(b"oops", "text/plain", 500)

    events, _ = await answered(oops)
    assert isinstance(events[-1], RunFinished)
    assert events[-1].outputs == {"status_code": 500, "body": "oops", "files": []}

    events, _ = await answered(oops, policy={"on_error": "branch"})
    failed = next(event for event in events if isinstance(event, NodeFailed))
    assert (failed.error.code, failed.outputs["status_code"], failed.outputs["body"]) == ("http_status", 500, "oops")


async def test_a_refusal_is_tried_again_where_the_policy_says_so() -> None:
    fake = FakeHttp(response(b"", status=503), response(b"", status=404), response(b"fine", "text/plain"))
    policy = {"retry": {"max": 3, "interval_ms": 0}}

    events = await run_to_events(http(policy=policy), {}, Ports(http=fake))

    assert isinstance(events[-1], RunFinished)
    assert events[-1].outputs == {"status_code": 200, "body": "fine", "files": []}
    assert len(fake.requests) == 3


async def test_what_was_refused_or_lost_keeps_its_code() -> None:
    events, _ = await answered(HttpError("egress_refused", "private", retryable=False))
    assert fault(events) == ("egress_refused", None)


@pytest.mark.parametrize(
    ("got", "body"),
    [
        (response(b"plain", "text/plain"), "plain"),
        (response(b'{"a": 1}', "application/vnd.api+json"), '{"a": 1}'),
        (response(b"<a/>", "application/xml"), "<a/>"),
        (response("ä".encode("latin-1"), "text/html; charset=latin-1"), "ä"),
        (response("中".encode("gbk"), "text/html; charset=GB2312"), "中"),
        (response(b'<meta charset="gbk">' + "中".encode("gbk"), "text/html"), '<meta charset="gbk">中'),
        (response(b"\xef\xbb\xbfmark", "text/plain"), "mark"),
        (response(b"a\x00b\xff", "text/plain; charset=nonsense"), "ab\ufffd"),
        (response(b"no type at all"), "no type at all"),
        (response(b"words", "application/octet-stream"), "words"),
        (response(b"", "image/png"), ""),
    ],
)
async def test_text_is_text(got: HttpResponse, body: str) -> None:
    events, files = await answered(got)

    assert isinstance(events[-1], RunFinished)
    assert events[-1].outputs == {"status_code": 200, "body": body, "files": []}
    assert files.kept == {}


@pytest.mark.parametrize(
    ("got", "name", "kind"),
    [
        (response(b"\x89PNG", "image/png"), "b c.png", "image"),
        (response(b"a,b", "text/csv"), "b c.csv", "document"),
        (response(b"words", "application/pdf"), "b c.pdf", "document"),
        (response(b"\x00\x01"), "b c", "document"),
        (response(b"words", "text/plain", Content_Disposition="attachment"), "b c.txt", "document"),
        (response(b"x", "text/plain", Content_Disposition='inline; filename="r.txt"'), "r.txt", "document"),
        (response(b"x", "audio/mpeg", Content_Disposition="attachment; filename*=UTF-8''%e4%b8%ad.mp3"),
         "中.mp3", "audio"),
        (response(b"x", "video/mp4", Content_Disposition='attachment; filename="../../etc/v.mp4"'), "v.mp4", "video"),
    ],
)  # fmt: skip
async def test_everything_else_is_kept_as_a_file(got: HttpResponse, name: str, kind: str) -> None:
    events, files = await answered(got)

    assert isinstance(events[-1], RunFinished)
    assert events[-1].outputs["body"] == ""
    (file,) = events[-1].outputs["files"]
    assert (file["filename"], file["type"], file["size"]) == (name, kind, len(got.body))
    assert await files.read(file) == got.body


async def test_the_answer_is_not_larger_than_it_may_be() -> None:
    for got, config, code in [
        (response(b"x" * 1_100_000, "text/plain"), {}, "http_too_large"),
        (response(b"x" * 1_100_000, "text/plain"), {"max_text_mb": 2}, None),
        (response(b"x" * 1_100_000, "image/png"), {}, None),
        (response(b"x" * 1_100_000, "image/png"), {"max_file_mb": 1}, "http_too_large"),
    ]:
        events, files = await answered(got, **config)
        if code is None:
            assert isinstance(events[-1], RunFinished)
        else:
            assert (fault(events)[0], files.kept) == (code, {})


async def test_the_log_shows_where_a_request_went() -> None:
    events, _ = await answered(response(b"ok", "text/plain"))

    done = next(event for event in events if isinstance(event, NodeFinished) and event.node_id == "h")
    assert done.inputs == {"method": "GET", "url": "https://x.example/a?b=1"}
    assert done.facts == {"status_code": 200, "size_bytes": 2, "url": "https://x.example/a/b%20c"}


async def test_a_file_needs_the_port_that_keeps_it() -> None:
    events = await run_to_events(http(), {}, Ports(http=FakeHttp(response(b"x", "image/png"))))
    assert fault(events) == ("port_missing", "files")
