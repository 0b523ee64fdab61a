"""Code in its sandbox: results, limits, errors that name their cause, and where each program runs."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import psutil
import pytest
import pytest_asyncio

from tests.workflows.builders import document, node
from workflows import Ports
from workflows.errors import CodeError
from workflows.events import NodeFinished, RunFailed, RunFinished
from workflows.ports import CodeReply, CodeRequest
from workflows.sandbox import Limits, Sandbox, refusals
from workflows.sandbox.limits import limits_from
from workflows.sandbox.monty import MontyCode
from workflows.testing import run_to_events

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    code = Sandbox(Limits(memory_mb=64, output_kb=512, printed_chars=1000, processes=2))
    yield code
    await code.close()


def request(code: str, timeout_s: float = 5.0, language: str = "python", **inputs: Any) -> CodeRequest:
    return CodeRequest(language=language, code=code, inputs=inputs, timeout_s=timeout_s)


PROGRAM = "import io\ndef main(): return {'ok': True}"


async def server(sandbox: Sandbox) -> psutil.Process:
    """The process behind the walls, among others of which some may just end. What one that was killed has left still
    answers for a moment."""
    async with asyncio.timeout(30):
        while True:
            await sandbox.run(request(PROGRAM))
            for child in psutil.Process().children():
                with suppress(psutil.ZombieProcess, psutil.NoSuchProcess):
                    if "inside.boot" in " ".join(child.cmdline()):
                        return child


async def refused(sandbox: Sandbox, asked: CodeRequest) -> CodeError:
    with pytest.raises(CodeError) as raised:
        await sandbox.run(asked)
    return raised.value


@pytest.mark.parametrize(
    ("source", "inputs", "expected"),
    [
        (
            "import json, re\ndef main(a, b):\n    return {'n': a + 1, 's': json.dumps(b), 'l': re.split(',', 'x,y')}",
            {"a": 1, "b": {"x": [None]}},
            CodeReply({"n": 2, "s": '{"x": [null]}', "l": ["x", "y"]}, "", "monty"),
        ),
        ("def main():\n    print('a', 1)\n    return {}", {}, CodeReply({}, "a 1\n", "monty")),
        (
            "import hmac\ndef main(a):\n    print(a)\n    return {'a': hmac.new(b'k', a.encode(), 'md5').hexdigest()}",
            {"a": "tée"},
            CodeReply({"a": "b67d1f85b37531f9c8224bbe7a2ecc97"}, "tée\n", "cpython"),
        ),
        (
            "def f():\n    yield 1\n    yield 2\ndef main():\n    return {'a': list(f())}",
            {},
            CodeReply({"a": [1, 2]}, "", "cpython"),
        ),
        (
            "import asyncio\nasync def main(a):\n    await asyncio.sleep(0.001)\n    return {'a': a}",
            {"a": 1},
            CodeReply({"a": 1}, "", "cpython"),
        ),
        (
            "import string\ndef main():\n    return {'a': (1, {2}), 3: float('nan'), 'b': b'x'}",
            {},
            CodeReply({"a": [1, [2]], "3": None, "b": "b'x'"}, "", "cpython"),
        ),
    ],
)
async def test_a_python_program_runs(
    sandbox: Sandbox, source: str, inputs: dict[str, Any], expected: CodeReply
) -> None:
    assert await sandbox.run(request(source, **inputs)) == expected


@pytest.mark.parametrize(
    ("source", "inputs", "expected"),
    [
        ("function main({a, b}) { return {sum: a + b.x[0]} }", {"a": 1, "b": {"x": [2]}}, CodeReply({"sum": 3}, "")),
        (
            "const main = ({a}) => { console.log('got', {a}); return {a} }",
            {"a": "ü"},
            CodeReply({"a": "ü"}, 'got {"a":"ü"}\n'),
        ),
        (
            "async function main() { await new Promise((r) => setTimeout(r, 5)); return {a: [null, 1.5]} }",
            {},
            CodeReply({"a": [None, 1.5]}, ""),
        ),
        ("let n = 0; function main() { return {n: ++n} }", {}, CodeReply({"n": 1}, "")),
        ("function main() {}", {}, CodeReply(None, "")),
    ],
)
async def test_a_javascript_program_runs(
    sandbox: Sandbox, source: str, inputs: dict[str, Any], expected: CodeReply
) -> None:
    reply = await sandbox.run(request(source, language="javascript", **inputs))

    assert (reply.value, reply.printed, reply.runtime) == (expected.value, expected.printed, "quickjs")


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("def main():\n    while True: pass", "code_timeout"),
        ("import time\ndef main():\n    time.sleep(60)", "code_timeout"),
        ("import io\ndef main():\n    while True: pass", "code_timeout"),
        ("def main():\n    rows = []\n    while True: rows.append('a' * 1000000)", "code_memory"),
        ("def main():\n    return {'a': 'x' * 10 ** 10}", "code_memory"),
        ("import io\ndef main():\n    return {'a': [0] * 10 ** 9}", "code_memory"),
        ("import io\ndef main():\n    return {'a': 'x' * 10 ** 6}", "code_output_size"),
        ("import io\ndef main():\n    a = []\n    a.append(a)\n    return {'a': a}", "code_value"),
        ("def main():\n    return main()", "code_failed"),
        ("def main():\n    return {}['a']", "code_failed"),
        ("import sys\ndef main():\n    sys.exit(3)", "code_failed"),
        ("import io\nmain = 1", "code_no_main"),
        ("def main(:\n    pass", "code_syntax"),
        ("import requests\ndef main(): return {}", "code_unsupported"),
        ("import os\ndef main():\n    os._exit(0)", "code_crashed"),
        ("import os\ndef main():\n    os.abort()", "code_crashed"),
    ],
)
async def test_a_python_program_that_goes_wrong_ends_in_an_error(sandbox: Sandbox, source: str, code: str) -> None:
    began = time.monotonic()

    error = await refused(sandbox, request(source, timeout_s=0.5 if code == "code_timeout" else 10))

    assert error.code == code, error.message
    assert time.monotonic() - began < 10
    assert (await sandbox.run(request("def main(): return {'ok': True}"))).value == {"ok": True}


@pytest.mark.parametrize(
    ("source", "code", "line"),
    [
        ("function main() { for (;;); }", "code_timeout", None),
        ("function main() { const a = []; for (;;) a.push('x'.repeat(1000) + a.length) }", "code_memory", None),
        ("function main() { return new Promise(() => {}) }", "code_failed", None),
        ("function main() { setInterval(() => {}, 10); return new Promise(() => {}) }", "code_timeout", None),
        ("function main() { return main() }", "code_failed", 1),
        ("const main = () => {\n  throw new TypeError('no')\n}", "code_failed", 2),
        ("function main() { throw 'no' }", "code_failed", None),
        ("function main() { return {a: 1n} }", "code_value", None),
        ("function main() { return 'x'.repeat(1e6) }", "code_output_size", None),
        ("function main( {", "code_syntax", 1),
        ("const x = 1", "code_no_main", None),
        ("function main() { return require('fs') }", "code_unsupported", 1),
        ("function main() { return process.env }", "code_unsupported", 1),
    ],
)
async def test_a_javascript_program_that_goes_wrong_ends_in_an_error(
    sandbox: Sandbox, source: str, code: str, line: int | None
) -> None:
    timeout_s = 0.5 if code == "code_timeout" else 10
    error = await refused(sandbox, request(source, timeout_s, "javascript"))

    assert (error.code, error.line) == (code, line), error.message


@pytest.mark.parametrize("first", ["", "import io\n"])
async def test_an_error_names_line_and_cause(sandbox: Sandbox, first: str) -> None:
    error = await refused(sandbox, request(f"{first}def main(a):\n    b = a\n    return 1 / b", a=0))

    line = 4 if first else 3
    assert (error.line, error.message) == (
        line,
        f"The program failed at line {line}: ZeroDivisionError: division by zero",
    )


async def test_printing_without_end_keeps_the_beginning(sandbox: Sandbox) -> None:
    for source in ("import io\n", ""):
        reply = await sandbox.run(request(source + "def main():\n    for _ in range(3000): print('x')\n    return {}"))

        assert reply.printed == "x\n" * 500


@pytest.mark.parametrize(
    ("leave", "find"),
    [
        ("secret = 1\ndef main(): return {}", "def main(): return {'a': secret}"),
        ("import io\nio.secret = 1\ndef main(): return {}", "import io\ndef main(): return {'a': io.secret}"),
    ],
)
async def test_programs_do_not_see_one_another(sandbox: Sandbox, leave: str, find: str) -> None:
    await sandbox.run(request(leave))

    error = await refused(sandbox, request(find))

    assert "secret" in error.message


async def test_what_monty_could_not_do_is_remembered(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "def main(a):\n    return {'a': '{x}'.format_map({'x': a})}"
    assert (await sandbox.run(request(source, a=1))) == CodeReply({"a": "1"}, "", "cpython")

    async def never(*_: Any) -> CodeReply:
        raise AssertionError("Monty is not asked again")

    monkeypatch.setattr(MontyCode, "run", never)
    assert (await sandbox.run(request(source, a=2))) == CodeReply({"a": "2"}, "", "cpython")


async def test_a_cancelled_call_does_not_hold_up_the_next(sandbox: Sandbox) -> None:
    tasks = [
        asyncio.create_task(sandbox.run(request("import io\ndef main():\n    while True: pass"))) for _ in range(2)
    ]
    await asyncio.sleep(0.2)
    for task in tasks:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    began = time.monotonic()
    assert (await sandbox.run(request("import io\ndef main(): return {'ok': True}"))).value == {"ok": True}
    assert time.monotonic() - began < 4


async def test_a_sandbox_that_was_killed_is_started_again(sandbox: Sandbox) -> None:
    (await server(sandbox)).kill()

    assert (await sandbox.run(request(PROGRAM))).value == {"ok": True}


async def test_a_program_that_waits_for_a_sandbox_learns_of_its_end(sandbox: Sandbox) -> None:
    walls = await server(sandbox)
    # it hands out what it has ready, and makes no more
    for process in [walls, *walls.children()]:
        process.suspend()
    jobs = [asyncio.ensure_future(sandbox.run(request(PROGRAM))) for _ in range(6)]
    _, waiting = await asyncio.wait(jobs, timeout=2.0)
    assert waiting

    walls.kill()

    assert [(await job).value for job in jobs] == [{"ok": True}] * 6


def graph(code: dict[str, Any]) -> dict[str, Any]:
    return document(
        node("start", config={"variables": [{"name": "q"}]}), node("c", "code", code),
        node("end", config={"outputs": [{"name": "out", "selector": ["c", "loud"]}]}), edges=["start>c>end"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("language", "source", "runtime"),
    [
        ("python", "def main(q):\n    print(q)\n    return {'loud': q.upper()}", "monty"),
        ("javascript", "function main({q}) { console.log(q); return {loud: q.toUpperCase()} }", "quickjs"),
    ],
)
async def test_a_code_node_runs_in_it(sandbox: Sandbox, language: str, source: str, runtime: str) -> None:
    config = {
        "language": language,
        "code": source,
        "inputs": [{"name": "q", "selector": ["start", "q"]}],
        "outputs": {"loud": {"type": "string"}},
    }

    events = await run_to_events(graph(config), {"q": "tea"}, Ports(code=sandbox))

    assert isinstance(events[-1], RunFinished)
    assert events[-1].outputs == {"out": "TEA"}
    finished = next(event for event in events if isinstance(event, NodeFinished) and event.node_id == "c")
    assert finished.facts == {"runtime": runtime, "printed": "tea\n"}


async def test_an_endless_program_fails_its_node_and_names_the_reason() -> None:
    short = Sandbox(Limits(timeout_s=0.5))
    try:
        code = {"code": "def main():\n    while True: pass", "outputs": {"loud": {"type": "string"}}}
        last = (await run_to_events(graph(code), {}, Ports(code=short)))[-1]
    finally:
        await short.close()

    assert isinstance(last, RunFailed)
    assert (last.error.code, last.error.message) == ("code_timeout", "The program ran for more than 0.5 seconds.")


async def test_the_fast_path_takes_less_than_a_millisecond(sandbox: Sandbox) -> None:
    asked, taken = request("def main(a):\n    return {'b': a + 1}", a=1), []
    for _ in range(200):
        began = time.perf_counter()
        await sandbox.run(asked)
        taken.append(time.perf_counter() - began)

    # The tenth percentile: the machine that runs the tests has other work.
    assert sorted(taken)[20] < 0.001


async def test_limits_come_from_the_environment() -> None:
    assert limits_from({}) == Limits()
    assert limits_from({"WEFT_CODE_TIMEOUT_S": "2.5", "WEFT_CODE_MEMORY_MB": "64", "HOME": "/"}) == Limits(
        timeout_s=2.5, memory_mb=64
    )
    for bad in ("0", "-1", "x", "nan", "1e9"):
        with pytest.raises(ValueError, match="WEFT_CODE_MEMORY_MB"):
            limits_from({"WEFT_CODE_MEMORY_MB": bad})


async def test_a_command_tells_whether_programs_can_be_isolated() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "workflows", "sandbox", stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()

    assert (process.returncode, json.loads(said)) == (0, {"isolated": True, "message": ""})


@pytest.mark.parametrize(
    ("python_part", "code"),
    [("def main(): return {'a': 1}", None), ("import string\ndef main(): return {}", "sandbox_unavailable"),
     ("def main(): return {'a': '{x}'.format_map({})}", "code_failed"),
     ("def f():\n    yield\ndef main(): f()", "sandbox_unavailable")],
)  # fmt: skip
async def test_without_isolation_only_the_fast_path_is_left(
    monkeypatch: pytest.MonkeyPatch, python_part: str, code: str | None
) -> None:
    monkeypatch.setattr(refusals, "before_start", lambda: "It is a test.")
    bare = Sandbox()
    try:
        assert (await refused(bare, request("function main() {}", language="javascript"))).code == "sandbox_unavailable"
        if code is None:
            assert (await bare.run(request(python_part))).value == {"a": 1}
        else:
            assert (await refused(bare, request(python_part))).code == code
    finally:
        await bare.close()


@pytest.mark.parametrize(
    ("step", "number", "words"),
    [("namespaces", 1, "user.max_user_namespaces"), ("mounts", 13, "apparmor"), ("mounts", 38, "Linux 5.12"),
     ("self-test", 0, "CONFIG_SECCOMP_FILTER"), ("start", 0, "-I -S")],
)  # fmt: skip
async def test_a_refusal_names_what_is_missing_and_how_to_get_it(step: str, number: int, words: str) -> None:
    message = refusals.at_step(step, number, "detail")

    assert message.startswith("Programs cannot be isolated here: ")
    assert words in message
