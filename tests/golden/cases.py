"""The golden runs: small definitions and the scripted world each one runs in.

The recorded events are read by pytest and by the editor's reducer in TypeScript; `python -m tests.golden.regenerate`
writes them anew, and the difference is reviewed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from workflows.errors import CodeError, ModelError
from workflows.events import Usage
from workflows.forms import submission
from workflows.ports import ChatChunk, ChatRequest, Control, Ports, Signal
from workflows.testing import FakeCode, FakeRetrieval, FixedClock, calls, document, node, passage

BUSY = ModelError("model_busy", "The model server is busy.", retryable=True)
LOST = ModelError("model_auth", "The model server refused the key.")


Replies = dict[str, list[list[str | ModelError | ChatChunk]]]


class Script:
    """Says the next list of pieces at each call of a node; an error is raised where it stands.

    The engine gets its turn between pieces, so that every piece is an event of its own and runs are alike.
    """

    def __init__(self, replies: Replies, control: Control) -> None:
        self._replies = {name: list(lists) for name, lists in replies.items()}
        self._control = control

    async def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        pieces = self._replies[request.node_id].pop(0)
        for piece in pieces:
            if isinstance(piece, ModelError):
                raise piece
            if piece == "<stop>":
                self._control.stop("user")
                await asyncio.sleep(60)
            yield ChatChunk(text=piece) if isinstance(piece, str) else piece
            for _ in range(10):
                await asyncio.sleep(0)
        yield ChatChunk(finish_reason="stop", usage=Usage(10, len(pieces), 10 + len(pieces)))


@dataclass(frozen=True)
class Case:
    """One golden run."""

    definition: dict[str, Any]
    inputs: dict[str, Any] = field(default_factory=dict)
    replies: Replies = field(default_factory=dict)
    code: Callable[[dict[str, Any]], dict[str, Any] | CodeError] | None = None
    passages: Sequence[dict[str, Any]] = ()
    called: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Workflows that the definition calls, by app."""
    signals: Sequence[Sequence[Signal]] = ()
    """What the run is told, each time it pauses; when there is nothing left, it stays paused."""
    waits_s: float = 0.0
    """How much time passes while it is paused."""

    def ports(self, control: Control) -> Ports:
        """The world the run meets. Its clock moves by 5 ms at every event."""
        run_code = self.code
        return Ports(
            models=Script(self.replies, control),
            retrieval=FakeRetrieval(self.passages),
            code=FakeCode(lambda request: run_code(request.inputs)) if run_code else None,
            clock=FixedClock(step=0.005),
            gather_s=0.0,
        )


def _llm(node_id: str, prompt: str, **extra: Any) -> dict[str, Any]:
    model = {"provider": "weft", "name": "weft-quote"}
    return node(node_id, "llm", {"model": model, "prompt": [{"role": "user", "text": prompt}], **extra})


def _answer(text: str, node_id: str = "answer") -> dict[str, Any]:
    return node(node_id, "answer", {"answer": text})


def _template(node_id: str, template: str, selector: list[str]) -> dict[str, Any]:
    inputs = [{"name": "x", "selector": selector}]
    return node(node_id, "template-transform", {"template": template, "inputs": inputs})


def _inside(parent: str, *nodes: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**one, "parent": parent} for one in nodes]


def _each(output: list[str], **config: Any) -> dict[str, Any]:
    return node("each", "iteration", {"items": ["start", "items"], "output": output, **config})


def _asking(**config: Any) -> Case:
    """An iteration in which a model is asked about each element, and is lost at the second."""
    return Case(
        document(
            _ITEMS,
            _each(["llm", "text"], **config),
            *_inside("each", _llm("llm", "{{#each.index#}}. {{#each.item#}}")),
            _end(texts=["each", "output"]),
            edges=["start>each>end", "each:body>llm"],
        ),
        {"inputs": {"items": ["green", "white", "black"]}},
        {"llm": [["Un", "fermented."], ["Light ", LOST], ["Ferm", "ented."]]},
    )


def _add(head: str, name: str, value: Any, operation: str = "+=", source: str = "constant") -> dict[str, Any]:
    item = {"target": [head, name], "operation": operation, "source": source, "value": value}
    return node("assign", "assigner", {"items": [item]})


def _end(**outputs: list[str]) -> dict[str, Any]:
    return node("end", config={"outputs": [{"name": name, "selector": where} for name, where in outputs.items()]})


RUN = "00000000-0000-4000-8000-000000000000"


def _approval() -> dict[str, Any]:
    """A form with a way out for each of its buttons, and one for nobody's answer."""
    ask = {
        "form": "Serve {{#start.topic#}}? {{#$output.why#}}",
        "fields": [{"name": "why", "type": "text", "label": "Why", "required": True}],
        "actions": [{"id": "yes", "title": "Yes", "style": "primary"}, {"id": "no", "title": "No"}],
        "timeout": {"amount": 2, "unit": "hour"},
    }
    return document(
        _START,
        node("ask", "human-input", ask),
        _template("served", "Served: {{ x }}", ["ask", "why"]),
        _template("refused", "Refused: {{ x }}", ["ask", "__rendered_content"]),
        _template("late", "Nobody answered.", ["start", "topic"]),
        node("join", "variable-aggregator", {"selectors": [[one, "output"] for one in ("served", "refused", "late")]}),
        _end(text=["join", "output"]),
        edges=["start>ask", "ask:yes>served>join>end", "ask:no>refused>join", "ask:__timeout__>late>join"],
    )


_START = node("start", config={"variables": [{"name": "topic", "type": "text", "required": True}]})
_ITEMS = node("start", config={"variables": [{"name": "items", "type": "json"}]})
_IS_TEA = {"selector": ["start", "topic"], "operator": "is", "value": "tea"}

CASES: dict[str, Case] = {
    "chain": Case(
        document(
            _START,
            node(
                "code",
                config={
                    "code": "def main(topic):\n    return {'loud': topic.upper()}",
                    "inputs": [{"name": "topic", "selector": ["start", "topic"]}],
                    "outputs": {"loud": {"type": "string"}},
                },
            ),
            _template("template", "About {{ x }}.", ["code", "loud"]),
            _end(text=["template", "output"]),
            edges=["start>code>template>end"],
        ),
        {"inputs": {"topic": "tea"}},
        code=lambda inputs: {"loud": str(inputs["topic"]).upper()},
    ),
    "branch": Case(
        document(
            _START,
            node("choice", "if-else", {"cases": [{"id": "true", "conditions": [_IS_TEA]}]}),
            _template("hot", "Hot {{ x }}", ["start", "topic"]),
            _template("cold", "Cold {{ x }}", ["start", "topic"]),
            node("join", "variable-aggregator", {"selectors": [["hot", "output"], ["cold", "output"]]}),
            _end(text=["join", "output"]),
            edges=["start>choice", "choice:true>hot>join", "choice:false>cold>join", "join>end"],
        ),
        {"inputs": {"topic": "tea"}},
    ),
    "rag-chat": Case(
        document(
            node("start"),
            node("retrieve", "knowledge-retrieval", {"dataset_ids": ["d1"]}),
            _llm("llm", "{{#context#}}\n\nQuestion: {{#sys.query#}}", context=["retrieve", "result"]),
            _answer("{{#llm.text#}}"),
            edges=["start>retrieve>llm>answer"],
            mode="chat",
        ),
        {"query": "How hot is tea?"},
        {"llm": [["Tea is ", "80 °C", " hot [1]."]]},
        passages=[passage("Tea", "Tea is brewed at 80 °C."), passage("Coffee", "Coffee at 93 °C.", position=2)],
    ),
    "parallel-answer": Case(
        document(
            node("start"),
            _llm("short", "Short: {{#sys.query#}}"),
            _llm("long", "Long: {{#sys.query#}}"),
            _answer("Long: {{#long.text#}}\nShort: {{#short.text#}}"),
            edges=["start>short>answer", "start>long>answer"],
            mode="chat",
        ),
        {"query": "tea"},
        {"short": [["Leaves."]], "long": [["Dried ", "leaves ", "in ", "water."]]},
    ),
    "retry": Case(
        document(
            node("start"),
            {**_llm("llm", "{{#sys.query#}}"), "policy": {"retry": {"max": 2, "interval_ms": 500}}},
            _answer("{{#llm.text#}}"),
            edges=["start>llm>answer"],
            mode="chat",
        ),
        {"query": "tea"},
        {"llm": [["Tea ", "is ", BUSY], ["Tea ", "is ", "fine."]]},
    ),
    "reset": Case(
        document(
            node("start"),
            {**_llm("llm", "{{#sys.query#}}"), "policy": {"retry": {"max": 1, "interval_ms": 0}}},
            _answer("{{#llm.text#}}"),
            edges=["start>llm>answer"],
            mode="chat",
        ),
        {"query": "tea"},
        {"llm": [["Tea ", "is ", BUSY], ["Tea ", "was ", "fine."]]},
    ),
    "failure": Case(
        document(
            node("start"),
            _llm("llm", "{{#sys.query#}}"),
            _answer("Well, {{#llm.text#}}"),
            edges=["start>llm>answer"],
            mode="chat",
        ),
        {"query": "tea"},
        {"llm": [["I ", LOST]]},
    ),
    "fail-branch": Case(
        document(
            _START,
            {**_llm("llm", "{{#start.topic#}}"), "policy": {"on_error": "branch"}},
            _template("sorry", "Sorry: {{ x }}", ["llm", "error_message"]),
            node("join", "variable-aggregator", {"selectors": [["llm", "text"], ["sorry", "output"]]}),
            _end(text=["join", "output"]),
            edges=["start>llm>join", "llm:fail-branch>sorry>join", "join>end"],
        ),
        {"inputs": {"topic": "tea"}},
        {"llm": [[LOST]]},
    ),
    "stop": Case(
        document(
            node("start"),
            _llm("llm", "{{#sys.query#}}"),
            _answer("{{#llm.text#}}"),
            edges=["start>llm>answer"],
            mode="chat",
        ),
        {"query": "tea"},
        {"llm": [["Tea ", "is ", "<stop>"]]},
    ),
    "iteration": Case(
        document(
            _ITEMS,
            _each(["template", "output"], flatten=True),
            *_inside("each", _template("template", "<{{ x }}>", ["each", "item"])),
            _end(texts=["each", "output"]),
            edges=["start>each>end", "each:body>template"],
        ),
        {"inputs": {"items": ["green", "white"]}},
    ),
    "iteration-parallel": _asking(parallel=2, on_error="null"),
    "iteration-drop": _asking(on_error="drop"),
    "iteration-stop": _asking(on_error="stop"),
    "iteration-answers": Case(
        document(
            _ITEMS,
            _each(["llm", "text"], parallel=2),
            *_inside("each", _llm("llm", "{{#each.item#}}"), _answer("{{#each.item#}}: {{#llm.text#}}\n", "say")),
            _answer("Done."),
            edges=["start>each>answer", "each:body>llm>say"],
            mode="chat",
        ),
        {"query": "Which teas?", "inputs": {"items": ["green", "white"]}},
        {"llm": [["un", "fermented", " tea"], ["light"]]},
    ),
    "container-retry": Case(
        document(
            _ITEMS,
            {**_each(["llm", "text"]), "policy": {"retry": {"max": 1, "interval_ms": 100}}},
            *_inside("each", _llm("llm", "{{#each.item#}}")),
            _end(texts=["each", "output"]),
            edges=["start>each>end", "each:body>llm"],
        ),
        {"inputs": {"items": ["green", "white"]}},
        {"llm": [["One"], [LOST], ["Two"], ["Three"]]},
    ),
    "loop": Case(
        document(
            _START,
            node(
                "loop",
                config={
                    "max_rounds": 10,
                    "variables": [{"name": "n", "type": "number", "source": "constant", "value": 1}],
                    "break": {
                        "logical": "and",
                        "conditions": [{"selector": ["loop", "n"], "operator": "≥", "value": "5"}],
                    },
                },
            ),
            *_inside("loop", _add("loop", "n", 2)),
            _end(n=["loop", "n"], rounds=["loop", "loop_round"]),
            edges=["start>loop>end", "loop:body>assign"],
        ),
        {"inputs": {"topic": "tea"}},
    ),
    "loop-answers": Case(
        document(
            node("start"),
            node(
                "loop",
                config={
                    "max_rounds": 2,
                    "variables": [{"name": "n", "type": "number", "source": "constant", "value": 0}],
                },
            ),
            *_inside("loop", _add("loop", "n", 1), _answer("{{#loop.n#}}\n", "say")),
            _answer("{{#sys.query#}} + {{#loop.n#}}"),
            edges=["start>loop>answer", "loop:body>assign>say"],
            mode="chat",
        ),
        {"query": "tea"},
    ),
    "nested": Case(
        document(
            _ITEMS,
            _each(["loop", "said"]),
            *_inside(
                "each",
                node(
                    "loop",
                    config={
                        "max_rounds": 2,
                        "variables": [{"name": "said", "type": "array[string]", "source": "constant", "value": []}],
                    },
                ),
            ),
            *_inside("loop", _add("loop", "said", ["each", "item"], "append", "variable")),
            _end(said=["each", "output"]),
            edges=["start>each>end", "each:body>loop", "loop:body>assign"],
        ),
        {"inputs": {"items": ["green", "white"]}},
    ),
    "sub-workflow": Case(
        document(
            _START,
            node(
                "call",
                "workflow",
                {"app": "brew", "arguments": [{"name": "tea", "mode": "variable", "value": ["start", "topic"]}]},
            ),
            _end(text=["call", "text"], all=["call", "outputs"]),
            edges=["start>call>end"],
        ),
        {"inputs": {"topic": "tea"}},
        called={
            "brew": document(
                node("start", config={"variables": [{"name": "tea", "type": "text", "required": True}]}),
                _template("template", "Brew {{ x }}.", ["start", "tea"]),
                _end(text=["template", "output"]),
                edges=["start>template>end"],
            )
        },
    ),
    "batch": Case(
        document(
            _ITEMS,
            {
                **_llm("llm", "{{#llm.item#}}"),
                "policy": {
                    "batch": {"items": ["start", "items"], "parallel": 2, "on_error": "null"},
                    "retry": {"max": 1, "interval_ms": 100},
                },
            },
            _end(texts=["llm", "text"]),
            edges=["start>llm>end"],
        ),
        {"inputs": {"items": ["green", "white", "black"]}},
        {"llm": [["One"], ["Tw", BUSY], ["Two"], [LOST]]},
    ),
    "conversation-variable": Case(
        document(
            node("start"),
            _llm("llm", "{{#sys.query#}}"),
            _add("conversation", "notes", ["llm", "text"], "append", "variable"),
            _answer("Noted: {{#conversation.notes#}}"),
            edges=["start>llm>assign>answer"],
            mode="chat",
            variables={"conversation": [{"name": "notes", "type": "array[string]", "value": ["milk"]}]},
        ),
        {"query": "tea"},
        {"llm": [["Tea ", "too."]]},
    ),
    "two-roots": Case(
        document(
            _START,
            node("timer", "trigger-schedule", {"cron": "0 9 * * *"}),
            _template("daily", "Daily at {{ x }}", ["timer", "scheduled_at"]),
            node("join", "variable-aggregator", {"selectors": [["start", "topic"], ["daily", "output"]]}),
            _end(text=["join", "output"]),
            edges=["start>join", "timer>daily>join", "join>end"],
        ),
        {"inputs": {"topic": "tea"}},
    ),
    "paused": Case(_approval(), {"inputs": {"topic": "tea"}}),
    "resumed": Case(
        _approval(),
        {"inputs": {"topic": "tea"}},
        signals=[[submission(f"{RUN}:ask:1", {"why": "It is late."}, "no", by="ada")]],
    ),
    "timed-out": Case(_approval(), {"inputs": {"topic": "tea"}}, signals=[[]], waits_s=7200.0),
    "waits-in-frames": Case(
        document(
            _ITEMS,
            _each(["ask", "data"], parallel=2),
            *_inside("each", node("ask", "wait", {"mode": "event", "event": "{{#each.item#}}"})),
            _end(data=["each", "output"]),
            edges=["start>each>end", "each:body>ask"],
        ),
        {"inputs": {"items": ["green", "white", "black"]}},
        signals=[
            [Signal(key=f"{RUN}:each:1:ask:1", type="event", data={"n": 2})],
            [Signal(key=f"{RUN}:each:{i}:ask:1", type="event", data={"n": i}) for i in (0, 0, 2)],
        ],
    ),
    "agent": Case(
        document(
            node("start"),
            node(
                "agent",
                config={
                    "model": {"provider": "weft", "name": "weft-quote"},
                    "query": "{{#sys.query#}}",
                    "tools": [{"provider": "weft", "tool": "current_time"}],
                },
            ),
            _answer("{{#agent.text#}}"),
            edges=["start>agent>answer"],
            mode="chat",
        ),
        {"query": "What time is it?"},
        {"agent": [["Let me see. ", calls(("current_time", {}))], ["It is ", "midnight."]]},
    ),
    "budget": Case(
        document(
            _START,
            _llm("first", "{{#start.topic#}}"),
            _llm("second", "{{#first.text#}}"),
            _end(text=["second", "text"]),
            edges=["start>first>second>end"],
            limits={"tokens": 15, "steps": 10},
        ),
        {"inputs": {"topic": "tea"}},
        {"first": [["Leaves ", "in ", "water."]], "second": [["Hot."]]},
    ),
    "input-refused": Case(
        document(_START, _end(text=["start", "topic"]), edges=["start>end"]),
        {"inputs": {}},
    ),
}
