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
from workflows.ports import ChatChunk, ChatRequest, Control, Ports
from workflows.testing import FakeCode, FakeRetrieval, FixedClock, document, node, passage

BUSY = ModelError("model_busy", "The model server is busy.", retryable=True)
LOST = ModelError("model_auth", "The model server refused the key.")


class Script:
    """Says the next list of pieces at each call of a node; an error is raised where it stands.

    The engine gets its turn between pieces, so that every piece is an event of its own and runs are alike.
    """

    def __init__(self, replies: dict[str, list[list[str | ModelError]]], control: Control) -> None:
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
            yield ChatChunk(text=piece)
            for _ in range(10):
                await asyncio.sleep(0)
        yield ChatChunk(finish_reason="stop", usage=Usage(10, len(pieces), 10 + len(pieces)))


@dataclass(frozen=True)
class Case:
    """One golden run."""

    definition: dict[str, Any]
    inputs: dict[str, Any] = field(default_factory=dict)
    replies: dict[str, list[list[str | ModelError]]] = field(default_factory=dict)
    code: Callable[[dict[str, Any]], dict[str, Any] | CodeError] | None = None
    passages: Sequence[dict[str, Any]] = ()

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


def _end(**outputs: list[str]) -> dict[str, Any]:
    return node("end", config={"outputs": [{"name": name, "selector": where} for name, where in outputs.items()]})


_START = node("start", config={"variables": [{"name": "topic", "type": "text", "required": True}]})
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
    "input-refused": Case(
        document(_START, _end(text=["start", "topic"]), edges=["start>end"]),
        {"inputs": {}},
    ),
}
