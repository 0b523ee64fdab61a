"""The cases of Dify's own engine tests, rebuilt: each file must give the results that engine is known to give.

`told` are the pieces of the answer in the order in which they must be streamed; `live` names a model whose pieces must
come while it still speaks, `once` one whose text must come as a whole when it is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.running import Played, play
from workflows import DefinitionError, check, load

FILES = Path(__file__).parent / "dify"
OFFLINE = "offline"


@dataclass(frozen=True)
class Case:
    """One run of one file. `inputs` and `query` go in; the rest must come out."""

    file: int
    inputs: dict[str, Any] = field(default_factory=dict)
    query: str = ""
    outputs: dict[str, Any] | None = None
    told: Sequence[str] | None = None
    live: str = ""
    once: bool = False


def workflow(file: int, inputs: dict[str, Any], outputs: dict[str, Any], **given: Any) -> Case:
    return Case(file, inputs, outputs=outputs, **given)


def chat(file: int, query: str, told: Sequence[str], **given: Any) -> Case:
    return Case(file, query=query, told=told, **given)


CASES = [
    chat(1, "upon a time", ["Once ", "upon a time", " always."]),
    workflow(2, {}, {"output": ["output: 1", "output: 2", "output: 3"]}),
    chat(3, "hi", ["llm says hi"], live="llm"),
    chat(4, "hi", ["speak says hi"], live="speak"),
    workflow(5, {"number": 41}, {"result": 42}),
    workflow(6, {"path": OFFLINE}, {"body": "nobody there", "status": 599, "why": "http_unreachable"}),
    workflow(7, {"path": "a"}, {"body": "text of /a", "status": 200}),
    workflow(8, {"number": 7}, {"number": 7}),
    workflow(9, {"who": "Ada"}, {"greeting": "Good day, Ada!"}),
    chat(10, "what time is it", ["hello, dify!"]),
    workflow(11, {"query": "hello there"}, {"true": "hello there"}),
    workflow(11, {"query": "bye"}, {"false": "bye"}),
    workflow(12, {"switch": 1}, {"1": "Code 1", "2": "Code 2", "3": None}),
    workflow(12, {"switch": 0}, {"1": None, "2": "Code 2", "3": "Code 3"}),
    chat(13, "hi", ["slow says hi"], inputs={"blocking": 1}, once=True),
    chat(13, "hi", ["fast says hi"], inputs={"blocking": 0}, live="fast"),
    workflow(14, {"switch1": 1, "switch2": 0}, {"group1": "switch 1 on", "group2": "switch 2 off"}),
    workflow(14, {"switch1": 0, "switch2": 1}, {"group1": "switch 1 off", "group2": "switch 2 on"}),
    workflow(15, {"word": "so"}, {"echo": "so"}),
    workflow(16, {"path": "a"}, {"out": "parsed"}),
    workflow(17, {}, {"num": 5}),
    chat(18, "go", ["apple", "banana", "done"]),
    workflow(19, {}, {"output": [[1, 2], [2, 4], [3, 6]]}),
    workflow(20, {}, {"output": [1, 2, 2, 4, 3, 6]}),
    chat(21, "tea", ["speak says tea is hot tea"], live="speak"),
    chat(22, "three", ["1\n", "2\n", "three", " + ", "2"]),
    chat(23, "go", ["plain"]),
    chat(23, "go", [], inputs={"mood": "good"}),
    chat(25, "hi", ["FR: ", "french says hi", "\nEN: ", "english says hi"], live="french"),
    workflow(26, {}, {"output": ["output: 1", "output: 2", "output: 3"]}),
    chat(27, "hi", ["second says first says hi", " after ", "first says hi"], live="second"),
    workflow(28, {"topic": "tea"}, {"found": ["tea 2023!", "tea 2024!", "tea 2025!"], "rounds": 3}),
    workflow(29, {"query": "as it is"}, {"query": "as it is"}),
    chat(30, "hi", ["1: ", "first says hi", "\n", "2: ", "second says hi"], live="second"),
    chat(31, "hello you", ["speak says hello you", "contains 'hello'"]),
    chat(31, "bye", ["speak says bye"], live="speak"),
    chat(32, "new", ["new"]),
    chat(33, "new", ["new"]),
    chat(34, "kept", ["kept"]),
]


def path_of(number: int) -> Path:
    return next(FILES.glob(f"{number:02d}_*.yml"))


def source(number: int) -> bytes:
    return path_of(number).read_bytes()


@pytest.mark.parametrize("case", CASES, ids=[f"{path_of(case.file).stem}-{i}" for i, case in enumerate(CASES)])
async def test_a_case_of_difys_engine(case: Case, played: Played) -> None:
    run = await play(source(case.file), case.inputs, case.query, played)

    assert run.status == "finished", run.error
    if case.outputs is not None:
        assert run.outputs == case.outputs
    if case.told is not None:
        assert "".join(run.chunks) == run.answer == "".join(case.told)
    if case.live:
        assert min(run.times_of("answer_delta")) < run.times_of("node_finished", case.live)[0]
        assert len(run.chunks) > 1
    if case.once:
        assert run.chunks == list(case.told or ())


def test_every_file_has_a_case() -> None:
    numbers = [int(path.name[:2]) for path in sorted(FILES.glob("*.yml"))]

    assert numbers == list(range(1, 35))
    assert {case.file for case in CASES} == set(numbers) - {24}


def test_what_is_no_app_is_refused() -> None:
    with pytest.raises(DefinitionError) as raised:
        load(source(24))

    assert [fault.code for fault in raised.value.faults] == ["format_unknown"]


async def test_text_of_an_answer_comes_before_the_answer_starts(played: Played) -> None:
    run = await play(source(25), {}, "hi", played)

    assert max(run.times_of("answer_delta")) < min(run.times_of("node_started", "reply"))


async def test_what_a_conversation_keeps_is_there_after_the_run(played: Played) -> None:
    for number in (32, 33, 34):
        run = await play(source(number), {}, "kept", played)

        assert run.conversation == {"str": "kept"}


@pytest.mark.parametrize("path", sorted(FILES.glob("*.yml")), ids=lambda path: path.stem)
def test_a_file_has_no_error(path: Path) -> None:
    if path == path_of(24):
        return
    assert [fault for fault in check(load(path.read_bytes())) if fault.severity == "error"] == []
