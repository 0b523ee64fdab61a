from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.calls import MAX_CALLS, Assembler, read_arguments
from workflows.ports import ToolCall, ToolCallDelta


def D(index: int | None = None, id: str = "", name: str = "", arguments: str = "") -> ToolCallDelta:
    return ToolCallDelta(index=index, id=id, name=name, arguments=arguments)


def assembled(*deltas: ToolCallDelta) -> list[ToolCall]:
    assembler = Assembler()
    for delta in deltas:
        assembler.feed([delta])
    return assembler.calls()


TWO = [ToolCall("a", "f", '{"x":1}'), ToolCall("b", "g", '{"y":2}')]


@pytest.mark.parametrize(
    ("deltas", "calls"),
    [
        # As OpenAI does it: id and name first, then pieces by index.
        ([D(0, "a", "f"), D(0, "", "", '{"x"'), D(0, "", "", ":1}"), D(1, "b", "g", '{"y":2}')], TWO),
        # Pieces of two calls in turns.
        ([D(0, "a", "f"), D(1, "b", "g"), D(1, "", "", '{"y":'), D(0, "", "", '{"x":1}'), D(1, "", "", "2}")], TWO),
        # Every call numbered 0, told apart by id.
        ([D(0, "a", "f", '{"x":1}'), D(0, "b", "g", '{"y":'), D(0, "", "", "2}")], TWO),
        # No index; ids on the first piece, or on all of them.
        ([D(None, "a", "f", '{"x"'), D(None, "", "", ":1}"), D(None, "b", "g", '{"y":2}')], TWO),
        ([D(None, "a", "f", '{"x"'), D(None, "b", "g", '{"y":2}'), D(None, "a", "", ":1}")], TWO),
        # The name again with every piece, or cut in two.
        ([D(0, "a", "f", '{"x"'), D(0, "a", "f", ":1}"), D(1, "b", "g", '{"y":2}')], TWO),
        ([D(0, "a", "sea"), D(0, "", "rch", "{}")], [ToolCall("a", "search", "{}")]),
        # No ids, and the same id twice.
        ([D(0, "", "f", "{}"), D(1, "", "g", "{}")], [ToolCall("call_0", "f", "{}"), ToolCall("call_1", "g", "{}")]),
        ([D(None, "", "f", "{}"), D(None, "", "f", "{}")], [ToolCall("call_0", "f"), ToolCall("call_1", "f")]),
        # The id only with the second piece; no arguments at all; a piece that never gets a name.
        ([D(0, "", "f", "{"), D(0, "a", "", "}")], [ToolCall("a", "f", "{}")]),
        ([D(0, "a", "f")], [ToolCall("a", "f", "{}")]),
        ([D(0, "a", "", "{}")], []),
    ],
)
def test_servers_habits(deltas: list[ToolCallDelta], calls: list[ToolCall]) -> None:
    assert assembled(*deltas) == calls


def test_calls_without_end_are_cut() -> None:
    calls = assembled(*(D(i, f"c{i}", "f", "{}") for i in range(100)))

    assert calls == [ToolCall(f"c{i}", "f", "{}") for i in range(MAX_CALLS)]


@pytest.mark.parametrize(
    ("written", "arguments"),
    [
        ('{"a": 1}', {"a": 1}),
        ("", {}),
        ("null", {}),
        ('"{\\"a\\": 1}"', {"a": 1}),
        ("{'a': 1,}", {"a": 1}),
        ('{"a": "cut o', {"a": "cut o"}),
        ("[1]", None),
        ("rain", None),
        ("[" * 100_000, None),
    ],
)
def test_arguments_are_read_as_models_write_them(written: str, arguments: dict[str, Any] | None) -> None:
    assert read_arguments(ToolCall("c", "f", written)) == arguments


_DELTAS = st.builds(
    ToolCallDelta,
    index=st.none() | st.integers(-1, 3),
    id=st.sampled_from(["", "a", "b"]) | st.text(max_size=3),
    name=st.sampled_from(["", "f", "g"]),
    arguments=st.sampled_from(["", "{", "}", '{"a":1}']) | st.text(max_size=5),
)


@given(st.lists(_DELTAS, max_size=30))
def test_whatever_is_sent_gives_calls_that_can_be_answered(deltas: list[ToolCallDelta]) -> None:
    calls = assembled(*deltas)

    assert len(calls) <= MAX_CALLS
    assert len({call.id for call in calls}) == len(calls)
    for call in calls:
        assert call.id
        assert call.name
        assert isinstance(read_arguments(call), dict | None)


@given(st.lists(st.tuples(st.text(min_size=1, max_size=4), st.text(max_size=20)), max_size=5), st.data())
def test_calls_cut_anywhere_are_put_together(wanted: list[tuple[str, str]], data: st.DataObject) -> None:
    deltas = []
    for i, (name, arguments) in enumerate(wanted):
        cuts = sorted(data.draw(st.lists(st.integers(0, len(arguments)), max_size=4)))
        ends = [*cuts, len(arguments)]
        pieces = [arguments[start:end] for start, end in zip([0, *cuts], ends, strict=True)]
        deltas += [D(i, f"id{i}", name)] + [D(i, "", "", piece) for piece in pieces]

    assert assembled(*deltas) == [ToolCall(f"id{i}", name, args or "{}") for i, (name, args) in enumerate(wanted)]
