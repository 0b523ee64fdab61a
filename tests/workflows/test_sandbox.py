"""Code in its sandbox: results, limits, and nothing of the host within reach."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.workflows.builders import document, node
from workflows import Ports
from workflows.errors import CodeError
from workflows.events import RunFailed, RunFinished
from workflows.ports import CodeRequest
from workflows.sandbox import MontyCode
from workflows.testing import run_to_events


@pytest.fixture
async def sandbox() -> AsyncIterator[MontyCode]:
    code = MontyCode(processes=1)
    yield code
    await code.close()


def request(code: str, timeout_s: float = 0.5, **inputs: Any) -> CodeRequest:
    return CodeRequest(language="python", code=code, inputs=inputs, timeout_s=timeout_s, memory_mb=64)


async def test_a_program_gets_inputs_and_gives_a_dict(sandbox: MontyCode) -> None:
    source = "import json, re\ndef main(a, b):\n    return {'n': a + 1, 's': json.dumps(b), 'l': re.split(',', 'x,y')}"

    assert await sandbox.run(request(source, a=1, b={"x": [None]})) == {"n": 2, "s": '{"x": [null]}', "l": ["x", "y"]}


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("def main():\n    while True: pass", "code_timeout"),
        ("import time\ndef main():\n    time.sleep(60)", "code_timeout"),
        ("def main():\n    rows = []\n    while True: rows.append('a' * 1000000)", "code_memory"),
        ("def main():\n    return {'a': 'x' * 10 ** 10}", "code_memory"),
        ("def main():\n    return main()", "code_failed"),
        ("def main():\n    return {}['a']", "code_failed"),
        ("def main(:\n    pass", "code_syntax"),
        ("def main():\n    return open('/etc/passwd').read()", "code_failed"),
        ("import os\ndef main():\n    return {'a': os.environ}", "code_unsupported"),
        ("import os\ndef main():\n    return {'a': os.listdir('/')}", "code_failed"),
        ("import socket\ndef main(): return {}", "code_unsupported"),
        ("import subprocess\ndef main(): return {}", "code_unsupported"),
        ("import requests\ndef main(): return {}", "code_unsupported"),
        ("def main():\n    return {'a': ().__class__.__bases__[0].__subclasses__()}", "code_failed"),
        ("def main():\n    return {'a': __import__('os').system('id')}", "code_failed"),
    ],
)
async def test_what_a_program_must_not_do_ends_in_an_error(sandbox: MontyCode, source: str, code: str) -> None:
    began = time.monotonic()

    with pytest.raises(CodeError) as raised:
        await sandbox.run(request(source, timeout_s=0.5 if code == "code_timeout" else 10))

    assert raised.value.code == code, raised.value.message
    assert time.monotonic() - began < 10
    assert await sandbox.run(request("def main(): return {'ok': True}")) == {"ok": True}


async def test_an_error_names_line_and_cause(sandbox: MontyCode) -> None:
    with pytest.raises(CodeError) as raised:
        await sandbox.run(request("def main(a):\n    b = a\n    return 1 / b", a=0))

    assert raised.value.line == 3
    assert raised.value.message == "The program failed at line 3: ZeroDivisionError: division by zero"


async def test_programs_do_not_see_one_another(sandbox: MontyCode) -> None:
    await sandbox.run(request("secret = 1\ndef main(): return {}"))

    with pytest.raises(CodeError, match="secret"):
        await sandbox.run(request("def main(): return {'a': secret}"))


async def test_a_cancelled_call_does_not_block_the_next_for_longer_than_its_limit(sandbox: MontyCode) -> None:
    task = asyncio.create_task(sandbox.run(request("def main():\n    while True: pass", timeout_s=1)))
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    began = time.monotonic()
    assert await sandbox.run(request("def main(): return {'ok': True}")) == {"ok": True}
    assert time.monotonic() - began < 4


async def test_a_code_node_runs_in_it(sandbox: MontyCode) -> None:
    config = {
        "code": "def main(q):\n    return {'loud': q.upper()}",
        "inputs": [{"name": "q", "selector": ["start", "q"]}],
        "outputs": {"loud": {"type": "string"}},
    }
    graph = document(
        node("start", config={"variables": [{"name": "q"}]}), node("c", "code", config),
        node("end", config={"outputs": [{"name": "out", "selector": ["c", "loud"]}]}), edges=["start>c>end"],
    )  # fmt: skip

    last = (await run_to_events(graph, {"q": "tea"}, Ports(code=sandbox)))[-1]

    assert isinstance(last, RunFinished)
    assert last.outputs == {"out": "TEA"}


async def test_an_endless_program_fails_its_node_and_names_the_reason(sandbox: MontyCode) -> None:
    class Short(MontyCode):
        async def run(self, asked: CodeRequest) -> Any:
            return await sandbox.run(request(asked.code))

    graph = document(
        node("start"),
        node("c", "code", {"code": "def main():\n    while True: pass"}),
        node("end"),
        edges=["start>c>end"],
    )

    last = (await run_to_events(graph, {}, Ports(code=Short())))[-1]

    assert isinstance(last, RunFailed)
    assert (last.error.code, last.error.message) == ("code_timeout", "The program ran for more than 0.5 seconds.")
