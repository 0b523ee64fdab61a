"""Golden runs that pause, wait, or end before their end."""

from __future__ import annotations

from typing import Any

from tests.golden.case import ITEMS, RUN, START, Case, answer, each, end, inside, llm, template
from workflows.forms import submission
from workflows.ports import Signal
from workflows.testing import document, node


def approval() -> dict[str, Any]:
    """A form with a way out for each of its buttons, and one for nobody's answer."""
    ask = {
        "form": "Serve {{#start.topic#}}? {{#$output.why#}}",
        "fields": [{"name": "why", "type": "text", "label": "Why", "required": True}],
        "actions": [{"id": "yes", "title": "Yes", "style": "primary"}, {"id": "no", "title": "No"}],
        "timeout": {"amount": 2, "unit": "hour"},
    }
    return document(
        START,
        node("ask", "human-input", ask),
        template("served", "Served: {{ x }}", ["ask", "why"]),
        template("refused", "Refused: {{ x }}", ["ask", "__rendered_content"]),
        template("late", "Nobody answered.", ["start", "topic"]),
        node("join", "variable-aggregator", {"selectors": [[one, "output"] for one in ("served", "refused", "late")]}),
        end(text=["join", "output"]),
        edges=["start>ask", "ask:yes>served>join>end", "ask:no>refused>join", "ask:__timeout__>late>join"],
    )


ENDINGS: dict[str, Case] = {
    "paused": Case(approval(), {"inputs": {"topic": "tea"}}),
    "resumed": Case(
        approval(),
        {"inputs": {"topic": "tea"}},
        signals=[[submission(f"{RUN}:ask:1", {"why": "It is late."}, "no", by="ada")]],
    ),
    "timed-out": Case(approval(), {"inputs": {"topic": "tea"}}, signals=[[]], waits_s=7200.0),
    "waits-in-frames": Case(
        document(
            ITEMS,
            each(["ask", "data"], parallel=2),
            *inside("each", node("ask", "wait", {"mode": "event", "event": "{{#each.item#}}"})),
            end(data=["each", "output"]),
            edges=["start>each>end", "each:body>ask"],
        ),
        {"inputs": {"items": ["green", "white", "black"]}},
        signals=[
            [Signal(key=f"{RUN}:each:1:ask:1", type="event", data={"n": 2})],
            [Signal(key=f"{RUN}:each:{i}:ask:1", type="event", data={"n": i}) for i in (0, 0, 2)],
        ],
    ),
    "stop": Case(
        document(
            node("start"),
            llm("llm", "{{#sys.query#}}"),
            answer("{{#llm.text#}}"),
            edges=["start>llm>answer"],
            mode="chat",
        ),
        {"query": "tea"},
        {"llm": [["Tea ", "is ", "<stop>"]]},
    ),
    "budget": Case(
        document(
            START,
            llm("first", "{{#start.topic#}}"),
            llm("second", "{{#first.text#}}"),
            end(text=["second", "text"]),
            edges=["start>first>second>end"],
            limits={"tokens": 15, "steps": 10},
        ),
        {"inputs": {"topic": "tea"}},
        {"first": [["Leaves ", "in ", "water."]], "second": [["Hot."]]},
    ),
    "input-refused": Case(
        document(START, end(text=["start", "topic"]), edges=["start>end"]),
        {"inputs": {}},
    ),
}
