"""A model over two processes, served by a command: the same answers, and what clients see when a process dies."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from inference.__main__ import main
from tests.inference.process import ServerProcess
from tests.inference.test_server import wait_until

Tiny = Callable[[str], tuple[Path, Any]]


@pytest.fixture(scope="module")
def directory(tiny: Tiny) -> Path:
    return tiny("qwen3")[0]


@pytest.fixture(scope="module")
def two(directory: Path) -> Iterator[ServerProcess]:
    with ServerProcess("--model", str(directory), "--tensor-parallel", "2") as server:
        yield server


def ask(server: ServerProcess, prompt: str, **more: Any) -> httpx.Response:
    body = {"model": "tiny-qwen3", "prompt": prompt, "max_tokens": 24, "ignore_eos": True, "temperature": 0, **more}
    with server.client() as client:
        return client.post("/v1/completions", json=body)


def others(server: ServerProcess) -> list[int]:
    """Process ids of the ranks beside the first."""
    tasks = Path(f"/proc/{server.process.pid}/task").iterdir()
    pids = [int(pid) for task in tasks for pid in (task / "children").read_text().split()]
    return [pid for pid in pids if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_two_processes_answer_as_one(server: ServerProcess, two: ServerProcess) -> None:
    """Together, with seeds, with a grammar and with several answers to one prompt."""
    asked: list[dict[str, Any]] = [{"prompt": f"prompt {at} " * (1 + at % 4)} for at in range(6)]
    asked += [{"prompt": "x", "temperature": 1.0, "seed": 5, "n": 3}]
    asked += [{"prompt": "x", "structured_outputs": {"regex": "(ab|c){3}"}, "temperature": 1.0, "seed": 1}]
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda body: ask(two, **body).json(), asked))
        want = list(pool.map(lambda body: ask(server, **body).json(), asked))

    for one, other in zip(got, want, strict=True):
        assert [(each["text"], each["finish_reason"]) for each in one["choices"]] == [
            (each["text"], each["finish_reason"]) for each in other["choices"]
        ]
    assert len(others(two)) == 1


def test_a_rank_that_dies_ends_who_is_in_flight_and_is_replaced(two: ServerProcess) -> None:
    want = ask(two, "again").json()["choices"]
    (rank,) = others(two)
    body = {"model": "tiny-qwen3", "prompt": "x", "max_tokens": 500, "ignore_eos": True, "stream": True}
    events: list[str] = []
    with two.client() as client, client.stream("POST", "/v1/completions", json=body) as response:
        for line in response.iter_lines():
            if not events:
                os.kill(rank, signal.SIGKILL)
            events += [line] if line else []

    assert events[-1] == "data: [DONE]"
    assert '"code":"engine_died"' in events[-2]
    wait_until(lambda: ask(two, "again").status_code == 200, seconds=60)
    assert ask(two, "again").json()["choices"] == want
    assert two.metric("weft_engine_restarts_total") == 1
    (new,) = others(two)
    assert new != rank


def test_the_ranks_end_with_the_server(two: ServerProcess) -> None:
    (rank,) = others(two)
    two.process.send_signal(signal.SIGTERM)

    assert two.process.wait(timeout=60) == 0
    wait_until(lambda: not Path(f"/proc/{rank}/cmdline").exists() or not Path(f"/proc/{rank}/cmdline").read_bytes())


def test_a_model_that_cannot_be_dealt_out_is_refused(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--port", "0", "--device", "cpu", "--model", str(directory), "--tensor-parallel", "3"]) == 1
    assert "4 attention heads cannot be dealt out to 3 ranks; choose a divisor." in capsys.readouterr().err
