"""The life of the process: keys, faults at start, draining, ending."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from inference.__main__ import main
from tests.inference.process import ServerProcess
from tests.inference.test_server import wait_until


def test_a_key_guards_everything_but_the_probes() -> None:
    with ServerProcess(environment={"WEFT_INFERENCE_TOKEN": "s3cret"}) as server, server.client() as client:
        without = {path: client.get(path).status_code for path in ("/health", "/ready", "/metrics", "/v1/models", "/x")}
        wrong = client.get("/v1/models", headers={"authorization": "Bearer no"})
        right = client.get("/v1/models", headers={"authorization": "Bearer s3cret"})

    assert without == {"/health": 200, "/ready": 200, "/metrics": 401, "/v1/models": 401, "/x": 401}
    assert wrong.json()["error"]["code"] == "invalid_api_key"
    assert [card["id"] for card in right.json()["data"]] == ["weft-quote", "all-MiniLM-L6-v2"]


def test_sigterm_lets_a_running_answer_finish(tiny: Callable[[str], tuple[Path, Any]]) -> None:
    directory, _ = tiny("qwen3")
    with ServerProcess("--model", str(directory)) as server:
        stream = openai.OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0).completions.create(
            model="tiny-qwen3", prompt="x", max_tokens=300, temperature=0, stream=True, extra_body={"ignore_eos": True}
        )
        chunks = iter(stream)
        next(chunks)

        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: refuses(server))
        reasons = [chunk.choices[0].finish_reason for chunk in chunks]

        assert reasons[-1] == "length"
        assert server.process.wait(timeout=10) == 0


def test_a_drain_can_be_asked_for_with_the_key() -> None:
    with ServerProcess(environment={"WEFT_INFERENCE_TOKEN": "s3cret"}) as server, server.client() as client:
        stranger = client.post("/admin/drain")
        drained = client.post("/admin/drain", headers={"authorization": "Bearer s3cret"})

        assert stranger.status_code == 401
        assert (drained.status_code, drained.json()) == (202, {"draining": True, "in_flight": 0})
        assert server.process.wait(timeout=30) == 0


def test_a_drain_that_takes_too_long_ends_with_an_error_event(tiny: Callable[[str], tuple[Path, Any]]) -> None:
    directory, _ = tiny("llama")
    body = {"model": "tiny-llama", "prompt": "x", "stream": True, "ignore_eos": True, "temperature": 0}
    with ServerProcess("--model", str(directory), "--drain-s", "0") as server, server.client() as client:
        blocked = threading.Event()
        events: list[str] = []
        with client.stream("POST", "/v1/completions", json=body) as response:
            for line in response.iter_lines():
                events += [line] if line else []
                if not blocked.is_set():
                    blocked.set()
                    server.process.send_signal(signal.SIGTERM)

        assert events[-1] == "data: [DONE]"
        assert '"code":"draining"' in events[-2]
        assert server.process.wait(timeout=10) == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--embedding", "/nowhere"], "inference: /nowhere is not a directory; name a Hugging Face model directory."),
        (["--model", "no/such model"], "inference: --model no/such model is neither a directory nor a hub id."),
        (["--model", "weft-tests/absent"], "inference: --model weft-tests/absent is no directory, and the hub's copy"),
        (["--adapter", "one=/tmp"], "inference: --adapter one=/tmp: give NAME=DIR with --model, each name once"),
        (["--device", "cuda"], "inference: --device cuda: torch sees no GPU here; use --device cpu or auto."),
    ],
)
def test_what_cannot_be_served_is_said_in_a_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--port", "0", *arguments]) == 1
    assert capsys.readouterr().err.startswith(sentence)


def test_a_busy_port_is_said_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert main(["serve", "--port", str(port)]) == 1
    said = capsys.readouterr().err
    assert said == f"inference: port {port} on 127.0.0.1 is taken; choose another with --port.\n"


def refuses(server: ServerProcess) -> bool:
    try:
        return httpx.get(f"{server.url}/ready", trust_env=False).status_code == 503
    except httpx.TransportError:
        return True
