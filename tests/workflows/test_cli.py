"""The command line: run, check, schema, and the model server it talks to."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.workflows.builders import document, llm, node
from workflows import dump
from workflows.cli import main
from workflows.schema import schema_json, typescript

CHAT = document(node("start"), llm("m"), node("answer", config={"answer": "{{#m.text#}}!"}),
                edges=["start>m>answer"], mode="chat")  # fmt: skip
ECHO = document(
    node("start", config={"variables": [{"name": "q", "required": True}]}),
    node("end", config={"outputs": [{"name": "q", "selector": ["start", "q"]}]}), edges=["start>end"],
)  # fmt: skip


def write(tmp_path: Path, definition: dict[str, Any], name: str = "app.yaml") -> str:
    path = tmp_path / name
    path.write_text(dump(definition), encoding="utf-8")
    return str(path)


class ModelServer:
    """An OpenAI-compatible server on its own thread. `status` other than 200 refuses."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.status = 200
        self.lines = [
            'data: {"choices":[{"delta":{"content":"Hel"}}]}\r\n\r\n',
            ': ping\n\ndata: {"choices":[{"delta":{"con',
            'tent":"lo"},"finish_reason":"stop"}]}\n\n',
            'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\ndata: [DONE]\n\n',
        ]

    async def chat(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(await request.json())
        if self.status != 200:
            return web.json_response({"error": {"message": "not today"}}, status=self.status)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for line in self.lines:
            await response.write(line.encode())
            await asyncio.sleep(0.01)
        return response


@pytest.fixture
def models() -> Iterator[tuple[ModelServer, str]]:
    server, loop, ready = ModelServer(), asyncio.new_event_loop(), threading.Event()
    address: list[str] = []

    async def start() -> web.AppRunner:
        app = web.Application()
        app.add_routes([web.post("/v1/chat/completions", server.chat)])
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        address.append(f"http://127.0.0.1:{runner.addresses[0][1]}")
        ready.set()
        return runner

    def serve() -> None:
        runner = loop.run_until_complete(start())
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=serve)
    thread.start()
    ready.wait(5)
    yield server, address[0]
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)


@pytest.mark.parametrize("suffix", ["", "/v1", "/v1/"])
def test_run_streams_from_a_model_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], models: tuple[ModelServer, str], suffix: str
) -> None:
    server, address = models

    code = main(["run", write(tmp_path, CHAT), "--query", "hi", "--llm-base-url", address + suffix])

    result = json.loads(capsys.readouterr().out)
    assert code == 0
    assert (result["status"], result["answer"], result["outputs"]) == ("finished", "Hello!", {"answer": "Hello!"})
    assert result["usage"] == {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5, "cost": 0.0}
    assert server.requests[0]["messages"] == [{"role": "user", "content": "hi"}]
    assert server.requests[0]["stream"] is True


@pytest.mark.parametrize(
    ("status", "code"), [(401, "model_auth"), (404, "model_unknown"), (429, "model_busy"), (500, "model_error")]
)
def test_run_names_what_a_model_server_refuses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], models: tuple[ModelServer, str], status: int, code: str
) -> None:
    server, address = models
    server.status = status

    exit_code = main(["run", write(tmp_path, CHAT), "--query", "hi", "--llm-base-url", address])

    result = json.loads(capsys.readouterr().out)
    assert exit_code == 1
    assert (result["status"], result["error"]["code"], result["error"]["node_id"]) == ("failed", code, "m")
    assert "not today" in result["error"]["message"]


def test_run_without_a_model_server_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", write(tmp_path, CHAT), "--query", "hi"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "port_missing"

    assert main(["run", write(tmp_path, CHAT), "--query", "hi", "--llm-base-url", "http://127.0.0.1:9"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "model_unreachable"


def test_run_prints_events(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", write(tmp_path, ECHO), "--inputs", '{"q": "ü"}', "--events"]) == 0

    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["type"] for event in events][::6] == ["run_started", "run_finished"]
    assert events[-1]["outputs"] == {"q": "ü"}
    assert events[-1]["answer"] == "ü"


def test_run_refuses_a_broken_definition_with_its_faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = document(
        node("start"), node("end", config={"outputs": [{"name": "o", "selector": ["x", "y"]}]}), edges=["start>end"]
    )

    assert main(["run", write(tmp_path, broken)]) == 1

    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "definition_invalid"
    assert [(fault["code"], fault["node_id"], fault["field"]) for fault in error["faults"]] == [
        ("reference_unknown_node", "end", "outputs.0.selector")
    ]


@pytest.mark.parametrize("argument", ["x", "[1]"])
def test_run_refuses_inputs_that_are_no_object(
    tmp_path: Path, argument: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["run", write(tmp_path, ECHO), "--inputs", argument])

    assert raised.value.code == 2
    assert "JSON" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("levels", "said"), [(600, "A value is nested more than 100 levels deep"), (100_000, "this is no JSON")]
)
def test_run_refuses_inputs_nested_too_deeply(
    levels: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["run", write(tmp_path, ECHO), "--inputs", '{"q": ' + "[" * levels + "]" * levels + "}"])

    assert raised.value.code == 2
    assert said in capsys.readouterr().err


def test_run_gives_files_and_conversation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    note = tmp_path / "note.txt"
    note.write_text("hello", encoding="utf-8")
    graph = document(
        node("start"), node("answer", config={"answer": "{{#sys.files#}} {{#conversation.mood#}}"}),
        edges=["start>answer"], mode="chat", variables={"conversation": [{"name": "mood", "value": ""}]},
    )  # fmt: skip

    main(["run", write(tmp_path, graph), "--files", str(note), "--conversation", '{"mood": "fine"}'])

    assert json.loads(capsys.readouterr().out)["answer"] == "[note.txt]() fine"


def test_check_finds_the_workflows_beside_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    calling = node("sub", "workflow", {"app": "called.yaml"})
    out = node("end", config={"outputs": [{"name": "o", "selector": ["sub", "q"]}]})
    file = write(tmp_path, document(node("start"), calling, out, edges=["start>sub>end"]), "caller.yaml")

    def issues() -> list[tuple[str, str]]:
        main(["check", file])
        return [(issue["code"], issue["severity"]) for issue in json.loads(capsys.readouterr().out)["issues"]]

    assert issues() == [("sub_workflow_missing", "error")]
    write(tmp_path, ECHO, "called.yaml")
    assert issues() == []
    write(tmp_path, {**ECHO, "edges": []}, "called.yaml")
    assert issues() == [("sub_workflow_invalid", "error")]


def test_check_prints_a_line_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = Path(write(tmp_path, ECHO)), tmp_path / "bad.yaml"
    bad.write_text("a: [", encoding="utf-8")

    assert main(["check", str(good)]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "file": str(good), "loads": True, "nodes": 2, "issues": [], "unsupported": [],
    }  # fmt: skip

    assert main(["check", str(good), str(bad), str(tmp_path / "none.yaml")]) == 1
    reports = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [report["loads"] for report in reports] == [True, False, False]
    assert [report["issues"][0]["code"] for report in reports[1:]] == ["file_unreadable", "file_unreadable"]


def test_schema_prints_the_contract(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert capsys.readouterr().out == schema_json()
    assert main(["schema", "--typescript"]) == 0
    assert capsys.readouterr().out == typescript()
