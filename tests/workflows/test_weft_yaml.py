"""Weft's own YAML: canonical, and the same after a round trip."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties.graphs import graphs
from tests.workflows.builders import document, llm, node
from workflows import DefinitionError, Fault, check, dump, load
from workflows.values import clean

TEXT = """\
weft: 1
app:
  name: Tea
  mode: chat
variables:
  environment:
    - name: KEY
      type: string
      value: '1'
      description: ''
nodes:
  - id: start
    kind: start
  - id: llm
    kind: llm
    title: Ask
    config:
      prompt:
        - role: user
          text: |-
            Question:
              {{#sys.query#}}
    policy:
      retry:
        max: 2
edges:
  - {id: a, source: start, target: llm}
  - {id: b, source: llm, handle: fail-branch, target: start}
layout:
  start: {x: 0, y: 10.5}
"""


def test_canonical_text_stays_as_it_is() -> None:
    assert dump(load(TEXT)) == TEXT


def test_the_document_is_in_normal_form() -> None:
    document_read = load(TEXT).document

    assert document_read["nodes"][0] == {"id": "start", "kind": "start", "title": "", "parent": None, "config": {}}
    assert document_read["edges"][0] == {"id": "a", "source": "start", "handle": "source", "target": "llm"}
    assert load(document_read).document == document_read


TRICKY = [
    "yes",
    "12:30",
    "2024-01-01",
    "1e3",
    " leading",
    "trailing \nlines\n",
    "\t",
    "'\"",
    "#no comment",
    "中文\n二",
    "\x85",
    "a\u2028b\n",
    "\ufeffx",
    "a\r\nb",
    "- x",
    "null",
    "",
]


@pytest.mark.parametrize("text", TRICKY, ids=repr)
def test_a_tricky_text_survives(text: str) -> None:
    definition = load(document(node("start"), llm("m", text), edges=["start>m"]))

    assert load(dump(definition)).document == definition.document


@settings(max_examples=40, deadline=None)
@given(
    graphs(mode="chat"),
    st.text(),
    st.dictionaries(st.text(max_size=5), st.floats(allow_nan=False, allow_infinity=False), max_size=3),
)
def test_any_definition_survives(graph: dict[str, Any], name: str, layout: dict[str, float]) -> None:

    graph = clean({**graph, "app": {"name": name, "mode": "chat"}, "layout": {"last": layout}})
    definition = load(graph)
    text = dump(definition)

    assert load(text).document == definition.document
    assert dump(load(text)) == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: [", "file_unreadable"),
        ("[" * 100_000, "file_unreadable"),
        ("- " * 100_000, "file_unreadable"),
        ("a: &a [*a]", "file_unreadable"),
        ("\x00", "file_unreadable"),
        (b"\xff\xfe\x00", "file_unreadable"),
        ("!!python/object/apply:os.system [ls]", "file_unreadable"),
        ("x" * (10 * 1024 * 1024 + 1), "file_unreadable"),
        ("", "format_unknown"),
        ("just text", "format_unknown"),
        ("a: 1", "format_unknown"),
        ("- 1", "format_unknown"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_is_no_definition_is_refused_with_a_sentence(text: str | bytes, code: str) -> None:
    with pytest.raises(DefinitionError) as raised:
        load(text)

    assert [fault.code for fault in raised.value.faults] == [code]


def test_aliases_that_grow_are_refused() -> None:
    rows = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    rows += [f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]

    with pytest.raises(DefinitionError, match="too many values"):
        load("\n".join(rows))


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.text(max_size=200),
        st.binary(max_size=200),
        st.builds(
            lambda at, junk: TEXT[:at] + junk + TEXT[at + len(junk) :], st.integers(0, len(TEXT)), st.text(max_size=8)
        ),
    )
)
def test_junk_never_gives_a_traceback(text: str | bytes) -> None:

    try:
        faults = check(load(text))
    except DefinitionError as error:
        faults = error.faults
    assert all(isinstance(fault, Fault) for fault in faults)


def test_texts_that_yaml_takes_for_something_else_are_read_as_texts() -> None:
    text = """\
weft: 1
app: {mode: workflow}
nodes:
- {id: start, kind: start, title: Yes}
- {id: no, kind: note, title: 1.5}
- {id: 2, kind: end}
edges:
- {id: 1, source: start, target: no}
- {id: b, source: start, target: 2}
"""

    definition = load(text)

    assert [(each.id, each.title) for each in definition.nodes] == [("start", "true"), ("false", "1.5"), ("2", "")]
    assert [(each.id, each.target) for each in definition.edges] == [("1", "false"), ("b", "2")]
    assert [(fault.code, fault.message, fault.node_id, fault.severity) for fault in definition.faults] == [
        ("text_unquoted", f"YAML takes {place} for a truth value; it is read as {word!r}. Put it into quotes.", at,
         "warning")
        for place, word, at in (
            ("the title of node 1", "true", "start"), ("the id of node 2", "false", "false"),
            ("the target of edge 1", "false", None),
        )
    ]  # fmt: skip
