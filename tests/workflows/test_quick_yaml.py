"""What is read line by line is what the YAML parser would have read, or it is not read so at all."""

from __future__ import annotations

import time
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workflows.dsl import quick
from workflows.dsl.build import build
from workflows.dsl.emit import emit
from workflows.dsl.text import parse
from workflows.errors import DefinitionError
from workflows.values import clean

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=120),
    st.sampled_from(["yes", "1_000", "1:30", "0x1f", "~", "<<", "2024-01-01", "a: b", "a #b", "#", "- x", "{{#a.b#}}",
                     "x\n\ny\n", "  lead", "trail  ", "'", '"', "\t", "|", ">", "&a", "*a", "!t", "%", "@",
                     "long " * 60]),
)  # fmt: skip
KEYS = st.one_of(st.text(max_size=12), st.sampled_from(["id", "on", "1", "null", "a.b", "a-b", "ä"]))
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=25
)
LINES = [
    "a: 1", "b:", "'c': x", "d: 'it''s'", 'e: "q\\n"', "f: |", "g: >-", "h: [a, b]", "i: {a: 1, b: x}", "- a: 1",
    "- x", "-", "- - y", "- - k: 1", "more text", "k: v # c", "# comment", "", "   ", "l: a b", "m: &x 1", "n: *x",
    "<<: *x", "o: 'open", "close'", "p: [a,", "b]", "---", "...", "q: !t 1", "? r", "s : t", "u:v", "'a", "x: a:",
    "\tt: 1", "y: 1\t", "z: -", "aa: -1", "bb: - 1", "1: x", "yes: no", "a: [1, 'x']", "w: \"a\\", "v: a  ", "é: ü",
    "- 'k': 1", "- \"k\": 1", "-  a: 1", "a: {}", "b: []", "- []", "- {a: b}", "- |", "- 'x", "a: '1' ", "a: %",
    "a: b: c",
]  # fmt: skip
SOUP = st.lists(st.tuples(st.integers(0, 6), st.sampled_from(LINES)), min_size=1, max_size=9)


def same(text: str) -> bool:
    """Whether the text was read quickly; asserts that it then means what the parser says it does."""
    try:
        found = quick.read(text, max_depth=50)
    except quick.Unsure:
        return False
    assert repr(found) == repr(clean(build(text, max_values=1_000_000, max_depth=50)))
    return True


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(VALUES, st.sampled_from([40, 80, 4096]), st.booleans())
def test_what_is_dumped_is_read_alike(value: Any, width: int, indented: bool) -> None:
    same(yaml.safe_dump(value, allow_unicode=True, width=width, sort_keys=False, indent=4 if indented else 2))


@settings(max_examples=400, deadline=None)
@given(SOUP)
def test_lines_in_any_order_are_read_alike(soup: list[tuple[int, str]]) -> None:
    same("\n".join(" " * indent + line for indent, line in soup))


def test_what_is_written_here_and_what_dify_writes_is_read_quickly() -> None:
    value = {
        "app": {"name": "Tea", "description": "", "icon": "🍵"},
        "list": [{"id": "1", "position": {"x": -1.5, "y": 2}, "names": ["a", "b"], "none": None}, [], {}, ["x", ["y"]]],
        "code": "def main():\n    return {}\n",
        "prompt": "A long prompt " * 20 + "\n\n{{#start.q#}}: 'quoted' \"too\"\ttab",
    }

    assert same(emit(value))
    assert same(yaml.safe_dump(value, allow_unicode=True))
    assert quick.read(emit(value), max_depth=50) == value


@pytest.mark.parametrize("text", ["a: |\n  x", "a: |\n  x\n", "a: |+\n  x\n\n", "- 'x\n  y'", "a: b\n  c\nd: e"])
def test_the_last_line_need_not_end(text: str) -> None:
    assert same(text)


@pytest.mark.parametrize("text", ["", "x", "a: &x 1\nb: *x", "<<: {a: 1}", "a: 1\n---\nb: 2", "a:\r\n- 1", "a: \x00"])
def test_what_is_not_of_this_shape_is_left_to_the_parser(text: str) -> None:
    with pytest.raises(quick.Unsure):
        quick.read(text, max_depth=50)


def test_a_deep_or_hostile_text_is_refused_as_ever() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(24)
    )
    for text in ("".join("  " * i + "a:\n" for i in range(300)) + "  " * 300 + "b: 1", "- " * 300 + "x", bomb):
        with pytest.raises(DefinitionError):
            parse(text)


def test_a_large_file_takes_time_by_its_size() -> None:
    text = yaml.safe_dump({"nodes": [{"id": f"n{i}", "data": {"type": "x", "title": f"{i}"}} for i in range(4000)]})

    began = time.process_time()
    assert len(quick.read(text, max_depth=50)["nodes"]) == 4000
    assert time.process_time() - began < 1
