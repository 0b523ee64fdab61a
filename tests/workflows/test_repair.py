from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.repair import loads_lenient


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        ("[1, 2]", [1, 2]),
        ('Sure!\n```json\n{"a": 1}\n```\nThat is it.', {"a": 1}),
        ('```\n{"a": 1}\n```', {"a": 1}),
        ('The result is {"a": {"b": [1]}}, as asked.', {"a": {"b": [1]}}),
        ("{'a': 'it', \"b\": True,}", {"a": "it", "b": True}),
        ('{"a": [1, 2', {"a": [1, 2]}),
        ('{"a": "x\0y"}', {"a": "xy"}),
        ("好的：{“a”: 1}", {"a": 1}),
        ("no json here", None),
        ("", None),
        ("{}", {}),
        ("3", 3),
    ],
)
def test_json_is_found(text: str, value: Any) -> None:
    assert loads_lenient(text) == value


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 50_000, '{"a": "' + 'x"' * 80_000, "{" + '"a"' * 60_000, "```" * 50_000]
)
def test_hostile_texts_end_soon(text: str) -> None:
    began = time.monotonic()

    loads_lenient(text)

    assert time.monotonic() - began < 5


@given(st.text(alphabet=st.sampled_from("{}[]\",:'\\`ab1 \n"), max_size=40) | st.text(max_size=20))
def test_it_never_raises(text: str) -> None:
    loads_lenient(text)
