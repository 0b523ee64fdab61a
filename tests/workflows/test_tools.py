from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.workflows.builders import document, node
from workflows import Ports, check
from workflows.errors import CodeError, Fault, HttpError, RetrievalError, ToolError
from workflows.events import Event, NodeIntent, RunFailed, RunFinished
from workflows.ports import HttpRequest, HttpResponse, ToolRequest, ToolResult
from workflows.testing import (
    FakeCode,
    FakeHttp,
    FakeRetrieval,
    FakeTools,
    FixedClock,
    MemoryFiles,
    passage,
    run_to_events,
)
from workflows.tools import registry
from workflows.tools.python import program_of

MINUTE = 1_767_225_600.0  # 2026-01-01 00:00:00 UTC


def using(tool: str, given: Mapping[str, Any] | None = None, provider: str = "weft", **config: Any) -> dict[str, Any]:
    arguments = [{"name": name, "mode": "constant", "value": value} for name, value in (given or {}).items()]
    tool_node = node("t", "tool", {"provider": provider, "tool": tool, "arguments": arguments, **config})
    names = ["text", "files", "json", *config.get("outputs", {})]
    rows = [{"name": name, "selector": ["t", name]} for name in names]
    start = node("start", config={"variables": [{"name": "q", "type": "text"}]})
    return document(start, tool_node, node("end", config={"outputs": rows}), edges=["start>t>end"])


async def outputs_of(definition: dict[str, Any], ports: Ports | None = None, **inputs: Any) -> dict[str, Any]:
    events = await run_to_events(definition, inputs, ports or Ports(clock=FixedClock()))
    assert isinstance(events[-1], RunFinished), events[-1]
    return events[-1].outputs


async def error_of(definition: dict[str, Any], ports: Ports | None = None) -> tuple[str, str]:
    events = await run_to_events(definition, {}, ports or Ports(clock=FixedClock()))
    assert isinstance(events[-1], RunFailed)
    return events[-1].error.code, events[-1].error.message


@pytest.mark.parametrize(
    ("provider", "tool", "given", "text"),
    [
        ("weft", "current_time", {}, "2026-01-01 00:00:00"),
        ("weft", "current_time", {"timezone": "Asia/Shanghai", "format": "%H:%M"}, "08:00"),
        ("time", "current_time", {"timezone": "UTC"}, "2026-01-01 00:00:00"),
        ("langgenius/time/time", "current_time", {"timezone": None}, "2026-01-01 00:00:00"),
        ("time", "timestamp_to_localtime", {"timestamp": "0", "timezone": "UTC"}, "1970-01-01 00:00:00"),
        ("time", "timestamp_to_localtime", {"timestamp": 0}, "1970-01-01 08:00:00"),
        ("time", "localtime_to_timestamp", {"localtime": "1970-1-1 8:0:0"}, "0"),
        ("time", "localtime_to_timestamp", {"localtime": "1970-01-01T01:00:00+01:00"}, "0"),
        ("time", "timezone_conversion",
         {"current_time": "2024-1-1 0:0:0", "current_timezone": "Asia/Shanghai", "target_timezone": "Asia/Tokyo"},
         "2024-01-01 01:00:00"),
        ("time", "weekday", {"year": 2024, "month": "2", "day": "29"}, "February 29, 2024 is Thursday."),
        ("time", "weekday", {"month": 1, "day": 1}, "January 1, 2026 is Thursday."),
    ],
)  # fmt: skip
async def test_times(provider: str, tool: str, given: dict[str, Any], text: str) -> None:
    outputs = await outputs_of(using(tool, given, provider))

    assert outputs == {"text": text, "files": [], "json": []}


@pytest.mark.parametrize(
    ("tool", "given", "message"),
    [
        ("current_time", {"timezone": "Mars/Base"}, "There is no time zone 'Mars/Base'; one is Europe/Berlin."),
        ("current_time", {"nonsense": 1}, "current_time cannot be called so: the arguments: Additional properties are "
         "not allowed ('nonsense' was unexpected)."),
        ("weekday", {"month": 2, "day": 30}, "2026-2-30 is no date: day is out of range for month."),
        ("weekday", {"month": 13, "day": 1}, "weekday cannot be called so: the arguments.month: 13 is greater than the "
         "maximum of 12."),
        ("localtime_to_timestamp", {"localtime": "soon"},
         "'soon' is no date and time; write 2024-01-31 18:30:00."),
        ("timestamp_to_localtime", {}, "timestamp_to_localtime cannot be called so: the arguments: 'timestamp' is a "
         "required property."),
    ],
)  # fmt: skip
async def test_wrong_arguments_are_named(tool: str, given: dict[str, Any], message: str) -> None:
    assert await error_of(using(tool, given, "time")) == ("tool_arguments", message)


async def test_a_far_time_is_no_traceback() -> None:
    code, _ = await error_of(using("timestamp_to_localtime", {"timestamp": 1e300}, "time"))

    assert code == "tool_arguments"


async def test_a_request_is_sent() -> None:
    response = HttpResponse(status=201, headers=[("Content-Type", "application/json")], body=b'{"id": 7}')
    http = FakeHttp(response)
    given = {"url": "https://x.example/a?b=1", "method": "POST", "params": {"c": "d e"}, "headers": {"X": "1"},
             "body": {"q": "tea"}}  # fmt: skip

    outputs = await outputs_of(using("http_request", given, outputs={"id": "number"}), Ports(http=http))

    assert outputs == {"text": 'HTTP 201\n\n{"id": 7}', "files": [], "json": [{"id": 7}], "id": 7}
    assert http.requests == [
        HttpRequest(
            method="POST",
            url="https://x.example/a?b=1&c=d+e",
            headers=[("X", "1"), ("Content-Type", "application/json")],
            body=b'{"q": "tea"}',
            timeout_s=30,
        )
    ]


async def test_a_body_that_is_no_text_becomes_a_file() -> None:
    response = HttpResponse(status=200, headers=[("content-type", "image/png")], body=b"\x89PNG", url="https://x/a.png")
    files = MemoryFiles()

    outputs = await outputs_of(
        using("http_request", {"url": "https://x/a.png"}), Ports(http=FakeHttp(response), files=files)
    )

    assert outputs["text"] == "HTTP 200\n\nFile: a.png"
    assert [(file["type"], file["filename"]) for file in outputs["files"]] == [("image", "a.png")]
    assert list(files.kept.values()) == [b"\x89PNG"]


async def test_a_chinese_page_is_read_in_its_charset() -> None:
    response = HttpResponse(status=200, headers=[("content-type", "text/html; charset=gbk")], body="天气".encode("gbk"))

    outputs = await outputs_of(using("http_request", {"url": "https://x.example"}), Ports(http=FakeHttp(response)))

    assert outputs["text"] == "HTTP 200\n\n天气"


@pytest.mark.parametrize(
    "given", [{"url": "file:///etc/passwd"}, {"url": "http://["}, {"url": "https://x", "headers": {"a": "b\r\nc"}}]
)
async def test_a_wrong_request_is_never_sent(given: dict[str, Any]) -> None:
    http = FakeHttp()

    assert (await error_of(using("http_request", given), Ports(http=http)))[0] == "tool_arguments"
    assert http.requests == []


@pytest.mark.parametrize(("method", "intents"), [("GET", 0), ("POST", 1)])
async def test_only_what_changes_something_is_done_once(method: str, intents: int) -> None:
    definition = using("http_request", {"url": "https://x.example", "method": method})

    events: list[Event] = await run_to_events(definition, {}, Ports(http=FakeHttp()))

    assert sum(isinstance(event, NodeIntent) for event in events) == intents


async def test_a_program_runs() -> None:
    code = FakeCode(lambda request: {"sum": request.inputs["a"] + 1})

    outputs = await outputs_of(
        using("run_python", {"code": "def main(a):\n    return a", "inputs": '{"a": 2}'}), Ports(code=code)
    )

    assert outputs == {"text": '{"sum": 3}', "files": [], "json": [{"sum": 3}]}
    assert code.requests[0].code == "def main(a):\n    return a"


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("x = 2\nx * 21", 42),
        ("for i in range(3):\n    pass", None),
        ("def f():\n    return '''a\nb'''\n\nf()", "a\nb"),
        ("def main():\n    return 1", 1),
        ("", None),
    ],
)
def test_a_script_gives_its_last_value(code: str, value: Any) -> None:
    names: dict[str, Any] = {}
    exec(program_of(code), names)

    assert names["main"]() == value


@pytest.mark.parametrize("code", ["def (", "x = \0", "(" * 1000])
def test_a_program_that_cannot_be_read_is_refused(code: str) -> None:
    with pytest.raises(ToolError) as caught:
        program_of(code)

    assert caught.value.code == "code_syntax"


async def test_knowledge_is_searched() -> None:
    retrieval = FakeRetrieval([passage("Tea", "Hot.")])

    outputs = await outputs_of(
        using("search_knowledge", {"query": "tea", "dataset_ids": ["d"], "top_k": 2}), Ports(retrieval=retrieval)
    )

    assert (outputs["text"], outputs["json"]) == ("[1] Tea\nHot.", [passage("Tea", "Hot.")])
    request = retrieval.requests[0]
    assert (request.query, request.dataset_ids, request.top_k, request.node_id) == ("tea", ["d"], 2, "t")


@pytest.mark.parametrize(
    ("tool", "given", "ports", "code"),
    [
        ("http_request", {"url": "https://x"}, Ports(http=FakeHttp(HttpError("http_timeout", "slow"))), "http_timeout"),
        ("search_knowledge", {"query": "q", "dataset_ids": ["d"]},
         Ports(retrieval=FakeRetrieval(error=RetrievalError("dataset_not_found", "gone"))), "dataset_not_found"),
        ("search_knowledge", {"query": "q"}, Ports(retrieval=FakeRetrieval()), "dataset_missing"),
        ("run_python", {"code": "1"}, Ports(code=FakeCode(lambda request: CodeError("code_timeout", "slow"))),
         "code_timeout"),
        ("run_python", {"code": "1"}, Ports(), "port_missing"),
        ("run_workflow", {"inputs": {}}, Ports(), "sub_workflow_missing"),
    ],
)  # fmt: skip
async def test_a_failing_tool_keeps_its_code(tool: str, given: dict[str, Any], ports: Ports, code: str) -> None:
    definition = using(tool, given)
    definition["dialect"] = "dify"

    assert (await error_of(definition, ports))[0] == code


async def test_a_tool_of_the_host_is_called_with_arguments_and_settings() -> None:
    def search(request: ToolRequest) -> ToolResult:
        file = {"type": "image", "transfer_method": "remote_url", "url": "https://x/a.png"}
        return ToolResult(text="found", json=[{"n": 1, "hits": 3}], files=[file], variables={"best": "b"})

    tools = FakeTools(search=search)
    arguments = [
        {"name": "q", "mode": "template", "value": "<{{#start.q#}}>"},
        {"name": "raw", "mode": "variable", "value": ["start", "q"]},
        {"name": "none", "mode": "constant", "value": None},
    ]
    definition = using("search", provider="tavily", outputs={"best": "string", "hits": "number", "gone": "string"})
    definition["nodes"][1]["config"] |= {"arguments": arguments, "settings": {"depth": 2}}

    events = await run_to_events(definition, {"q": "tea"}, Ports(tools=tools), run_id="r")

    assert isinstance(events[-1], RunFinished)
    assert events[-1].outputs == {
        "text": "found", "json": [{"n": 1, "hits": 3}], "best": "b", "hits": 3, "gone": None,
        "files": [{"type": "image", "transfer_method": "remote_url", "url": "https://x/a.png"}],
    }  # fmt: skip
    assert tools.requests == [
        ToolRequest(
            provider="tavily", tool="search", arguments={"q": "<tea>", "raw": "tea"}, settings={"depth": 2},
            run_id="r", node_id="t", key="r:t:1",
        )
    ]  # fmt: skip


async def test_a_tool_that_is_nowhere_is_named_with_its_remedy() -> None:
    definition = using("search", provider="tavily/tavily")
    message = (
        "The tool 'search' of 'tavily/tavily' is not here. Use an HTTP request, a code node, another workflow or a "
        "built-in tool in its place; built in are time/current_time, time/localtime_to_timestamp, "
        "time/timestamp_to_localtime, time/timezone_conversion, time/weekday, weft/current_time, weft/http_request, "
        "weft/run_python, weft/run_workflow, weft/search_knowledge."
    )

    assert check(definition) == [Fault("tool_missing", message, "t", "tool", "warning")]
    assert await error_of(definition) == ("tool_missing", message)


async def test_a_dify_file_gets_an_empty_record_where_a_tool_gives_no_json() -> None:
    definition = using("current_time")
    definition["dialect"] = "dify"

    assert (await outputs_of(definition))["json"] == [{"data": []}]


@pytest.mark.parametrize(("tool", "code"), [("", "tool_empty"), ("fly", "tool_unknown")])
def test_what_is_wrong_is_said_before_a_run(tool: str, code: str) -> None:
    assert (code, "tool") in [(fault.code, fault.field) for fault in check(using(tool))]


def test_tools_are_described_for_the_editor() -> None:
    described = {(each["provider"], each["tool"]): each for each in registry.describe_tools()}

    assert set(described) == {
        ("time", "current_time"), ("time", "localtime_to_timestamp"), ("time", "timestamp_to_localtime"),
        ("time", "timezone_conversion"), ("time", "weekday"), ("weft", "current_time"), ("weft", "http_request"),
        ("weft", "run_python"), ("weft", "run_workflow"), ("weft", "search_knowledge"),
    }  # fmt: skip
    search = described["weft", "search_knowledge"]
    assert list(search["parameters"]["properties"]) == ["query", "top_k"]
    assert list(search["settings"]["properties"]) == ["dataset_ids", "score_threshold"]
