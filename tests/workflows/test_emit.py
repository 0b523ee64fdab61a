"""YAML as it is written: read back by two parsers it is what it was, and it looks as people would write it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from workflows.dsl.build import build
from workflows.dsl.emit import Flow, emit

# What YAML gives a meaning to, and what breaks lines, more often than chance would have it.
TEXTS = st.one_of(
    st.text(),
    st.text(alphabet="\t\n\r -?:#'\"|>&*!%@,[]{}=<~.0189eyn_\\x\u00a0\u2028\u3000\ufeff中😀"),
    st.sampled_from(["yes", "0x1f", "1_000", "12:30:45", "2024-01-01", ".inf", "<<", "=", "~", "---", "...", "- a"]),
    st.text(alphabet="ab: ", min_size=115, max_size=130),
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS)
VALUES = st.recursive(
    SCALARS,
    lambda children: st.one_of(
        st.lists(children, max_size=4),
        st.dictionaries(TEXTS, children, max_size=4),
        st.dictionaries(TEXTS, children, max_size=4).map(Flow),
    ),
    max_leaves=20,
)


@settings(max_examples=100, deadline=None)
@given(VALUES)
@example(["\n"])
@example({"": {"x" * 200: [[["\n a"]]]}})
@example(Flow({"x" * 200: Flow({"?": "a\nb"})}))
@example([1e16, 1.5e-7, float("inf")])
def test_any_value_survives(value: Any) -> None:
    text = emit(value)

    assert build(text, max_values=10_000, max_depth=100) == value
    assert yaml.load(text, yaml.SafeLoader) == value


WRITTEN = r"""
text: plain, with 中文 😀
quoted: 'yes'
mark: 'a: b'
escaped: "a\rb\u2028\x85"
prompt: |-
  Line
    indented	and a tab 

  last
code: |2
    x = 1
kept: |+
  a

list:
  - 1
  - - true
    - null
  - a: 1.5
    b:
      c: |
        in a list
  - []
line: {x: 1, "a\tb": [a, 'b, c'], none: {}}
"""


def test_it_looks_as_people_would_write_it() -> None:
    value = {
        "text": "plain, with 中文 😀",
        "quoted": "yes",
        "mark": "a: b",
        "escaped": "a\rb\u2028\x85",
        "prompt": "Line\n  indented\tand a tab \n\nlast",
        "code": "  x = 1\n",
        "kept": "a\n\n",
        "list": [1, [True, None], {"a": 1.5, "b": {"c": "in a list\n"}}, []],
        "line": Flow({"x": 1, "a\tb": ["a", "b, c"], "none": {}}),
    }

    assert emit(value) == WRITTEN.removeprefix("\n")


def test_what_is_no_plain_value_is_refused() -> None:
    with pytest.raises(TypeError, match="object has no place in YAML"):
        emit({"a": [object()]})
